import Foundation
import ISO8583

/// A card with money on it, and the network that speaks of it.
struct NetworkStory: Sendable {
    let holder: Holder
    let factory: MessageFactory
    private let client: Client
    private let wire: Wire

    /// - Parameter amount: in euro cents.
    init(funded amount: Int = 10_000) async throws {
        client = try SharedServer.client
        holder = try await client.openAccount(funded: amount)
        factory = MessageFactory(pan: holder.pan)
        wire = try Wire(SharedServer.server)
    }

    /// Sends a message like a purchase with some elements set or taken out, and gives its answer.
    func send(
        _ type: MessageTypeIndicator,
        _ amount: Int64,
        trace: Int64,
        _ changes: [Int: String?] = [:]
    ) throws -> Message {
        try wire.exchange(factory.purchase(amount, trace: trace, type: type).with(changes))
    }

    /// DE 39 of the answer.
    func code(
        _ type: MessageTypeIndicator,
        _ amount: Int64,
        trace: Int64,
        _ changes: [Int: String?] = [:]
    ) throws -> String {
        try send(type, amount, trace: trace, changes).text(39) ?? ""
    }

    /// DE 90 that names an earlier message.
    func original(_ trace: Int64, _ type: MessageTypeIndicator = 100) -> String {
        let data = OriginalDataElements(
            messageType: type,
            systemTraceAuditNumber: trace,
            time: Int64(factory.time) ?? 0,
            acquirer: 123_456
        )
        return String(decoding: data.iso1987, as: UTF8.self)
    }

    /// DE 95 with a new total.
    static func newTotal(_ amount: Int64) -> String {
        String(decoding: ReplacementAmounts(transaction: amount).bytes, as: UTF8.self)
    }

    /// Posted, pending debits, and what is available.
    func balance() async throws -> [Int] { try await client.balance(holder.account) }

    func pendingCredits() async throws -> Int {
        try await client.get("/v1/accounts/\(holder.account)").number("balances.0.pending_credits")
    }

    /// Reasons of the exceptions that were kept for the account.
    func exceptions() throws -> [String] {
        let listed = try AvalProcess.command(
            ["exceptions", "list", "--limit", "10000"],
            on: try SharedServer.installation.database
        )
        return listed.output.split(separator: "\n").filter { $0.contains(holder.account) }.map(String.init)
    }
}

extension Message {
    /// With some elements set or taken out.
    func with(_ changes: [Int: String?]) -> Message {
        var message = self
        for (element, text) in changes {
            if let text { message.set(element, text: text) } else { message.remove(element) }
        }
        return message
    }
}
