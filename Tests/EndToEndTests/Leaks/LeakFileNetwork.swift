import Foundation
import ISO8583
import TestSupport

/// A network that is told of hot cards, and answers with more of a card than it should.
struct LeakFileNetwork {
    private let client: Client
    private let wire: Wire

    init(_ world: LeakWorld) throws {
        client = world.client
        wire = try Wire(port: world.filesPort)
    }

    /// Blocks a card, whose first message is left without an answer, and takes that back, which the network refuses.
    func tell(of card: Holder) async throws {
        try await set("blocked", card)
        let second = try await onOwnThread {
            _ = try next()
            return try next().messageType
        }
        guard second == 303 else { throw AvalProcess.Problem(description: "\(second) tells of a hot card again") }
        try await settle("acknowledged", card)
        try await set("active", card)
        try await settle("refused", card)
    }

    private func set(_ status: String, _ card: Holder) async throws {
        let body = #"{"status":"\#(status)","reason":"number \#(card.pan)"}"#
        try await client.carryOut("/v1/cards/\(card.card)/status", body)
    }

    /// Answers what comes until the card's view says so. An answer that comes too late is asked for again.
    func settle(_ state: String, _ card: Holder) async throws {
        for _ in 0..<60 {
            try await onOwnThread { try answer(try next()) }
            for _ in 0..<20 {
                let view = try await client.get("/v1/cards/\(card.card)").expecting(200)
                if view.text("network_files.0.state") == state { return }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        throw AvalProcess.Problem(description: "no file update is \(state)")
    }

    /// Waits a minute for it.
    private func next() throws -> Message {
        for _ in 0..<12 {
            if let message = try wire.read(), message.messageType.messageClass == .fileAction { return message }
        }
        throw AvalProcess.Problem(description: "nothing tells of a hot card")
    }

    /// Refuses to take a card out.
    private func answer(_ update: Message) throws {
        guard let pan = update.text(2), var answer = update.answer(echoing: [2, 7, 11, 33, 101]) else {
            throw AvalProcess.Problem(description: "no update of a card's")
        }
        answer.set(39, text: update.text(91) == "3" ? "30" : "00")
        answer.set(44, text: pan)
        answer.set(63, text: "entry \(pan)")
        try wire.write(answer)
    }
}
