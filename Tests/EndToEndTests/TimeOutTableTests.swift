import Foundation
import ISO8583
import TestSupport
import Testing

/// What becomes of a payment of 15.00 when its answer is sent, lost or late, and the network then says what it knows of
/// it: one scripted run of all pairs.
@Suite struct TimeOutTableTests {
    enum Fate: CaseIterable {
        case sent
        /// The connection broke before the answer left.
        case lost
        /// The database told the outcome after the network's time limit.
        case late
    }

    enum Verdict {
        case none
        case approved
        case declined
    }

    struct Row {
        var fate: Fate
        var reversals: Int
        var advice: Verdict
        /// Minor units that are held in the end.
        var held: Int
        var isUncertain: Bool

        init(_ fate: Fate, _ reversals: Int, _ advice: Verdict, held: Int, isUncertain: Bool = false) {
            self.fate = fate
            self.reversals = reversals
            self.advice = advice
            self.held = held
            self.isUncertain = isUncertain
        }
    }

    /// Reversals come before the advice. One that released the hold stays right when the advice says otherwise: the
    /// advice is then an exception.
    static let rows: [Row] = [
        Row(.sent, 0, .none, held: 1_500), Row(.sent, 0, .approved, held: 1_400), Row(.sent, 0, .declined, held: 0),
        Row(.sent, 1, .none, held: 0), Row(.sent, 1, .approved, held: 0), Row(.sent, 1, .declined, held: 0),
        Row(.sent, 2, .none, held: 0), Row(.sent, 2, .approved, held: 0), Row(.sent, 2, .declined, held: 0),

        Row(.lost, 0, .none, held: 1_500, isUncertain: true),
        Row(.lost, 0, .approved, held: 1_400), Row(.lost, 0, .declined, held: 0),
        Row(.lost, 1, .none, held: 0), Row(.lost, 1, .approved, held: 0), Row(.lost, 1, .declined, held: 0),
        Row(.lost, 2, .none, held: 0), Row(.lost, 2, .approved, held: 0), Row(.lost, 2, .declined, held: 0),

        Row(.late, 0, .none, held: 1_500, isUncertain: true),
        Row(.late, 0, .approved, held: 1_400), Row(.late, 0, .declined, held: 0),
        Row(.late, 1, .none, held: 0), Row(.late, 1, .approved, held: 0), Row(.late, 1, .declined, held: 0),
        Row(.late, 2, .none, held: 0), Row(.late, 2, .approved, held: 0), Row(.late, 2, .declined, held: 0),
    ]

    /// A service behind a proxy to its database, with one lane so that a batch holds all that waits.
    private struct World {
        let installation: AvalProcess.Installation
        let proxy: BreakingProxy
        let server: AvalProcess
        let client: Client

        static func make() throws -> World {
            let installation = try AvalProcess.Installation.make()
            let proxy = try BreakingProxy(to: installation.database)
            let server = try AvalProcess(installation, ["AVAL_DATABASE_URL": proxy.url, "AVAL_LANES": "1"])
            return World(
                installation: installation,
                proxy: proxy,
                server: server,
                client: Client(server, installation)
            )
        }

        /// Sends requests so that they are decided in one batch, and waits until it is committed, its outcome held back.
        /// Blocks from the first message to the last, as they are refused when they come to the lane too late.
        func commitTogether(_ messages: [Message], on wire: Wire) async throws {
            let first = try await client.openAccount(funded: 100)
            proxy.arm(.holdAnswer)
            let before = try Wire(server)
            try before.write(MessageFactory(pan: first.pan).purchase(1, trace: 1))
            try proxy.waitForHold()
            try wire.write(messages)
            // Time to find the cards and to wait for the lane, which waits for its database.
            usleep(500_000)
            proxy.arm(.holdAnswer)
            proxy.resume()
            _ = try before.read()
            before.closeInOrder()
            try proxy.waitForHold()
        }

        func uncertain() throws -> Set<String> {
            let listed = try AvalProcess.command(["uncertain"], on: installation.database)
            return Set(
                listed.output.split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst(2).first }.map(
                    String.init
                )
            )
        }

        func waitForUncertain(_ accounts: Set<String>) async throws {
            for _ in 0..<600 {
                if try uncertain() == accounts { return }
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(try uncertain() == accounts)
        }
    }

    /// A row with its own account.
    private struct Case {
        var row: Row
        var holder: Holder
        var factory: MessageFactory

        var purchase: Message { factory.purchase(1_500, trace: 1) }

        /// What the network says of it in the end. The advice has the request's own number, as a network has that
        /// answered in the issuer's stead.
        var messages: [Message] {
            let reversals = (0..<row.reversals).map {
                factory.reversal(of: 1, 1_500, trace: Int64(2 + $0), type: 420).with([39: "68"])
            }
            let advice = factory.purchase(1_400, trace: 1, type: 120)
            switch row.advice {
            case .none: return reversals
            case .approved: return reversals + [advice.with([38: "STAND1", 39: "00", 60: "06011"])]
            case .declined: return reversals + [advice.with([39: "05", 60: "06011"])]
            }
        }
    }

    @Test func `every pair of reversal and advice leaves the end state of the table`() async throws {
        let world = try World.make()
        var cases: [Case] = []
        for row in Self.rows {
            let holder = try await world.client.openAccount(funded: 10_000)
            cases.append(Case(row: row, holder: holder, factory: MessageFactory(pan: holder.pan)))
        }
        func of(_ fate: Fate) -> [Case] { cases.filter { $0.row.fate == fate } }
        let wire = try Wire(world.server)
        for sent in of(.sent) { #expect(try wire.exchange(sent.purchase).text(39) == "00") }
        try await lose(of(.lost), world)
        try await delay(of(.late), world)
        try await world.waitForUncertain(Set((of(.lost) + of(.late)).map(\.holder.account)))
        for message in cases.flatMap(\.messages) {
            #expect(try wire.exchange(message).text(39) == "00", "\(message.messageType) is acknowledged")
        }
        for each in cases {
            let balance = try await world.client.balance(each.holder.account)
            #expect(balance == [10_000, each.row.held, 10_000 - each.row.held], "\(each.row)")
        }
        #expect(try world.uncertain() == Set(cases.filter(\.row.isUncertain).map(\.holder.account)))
        wire.closeInOrder()
        #expect(world.server.stop() == 0)
        world.proxy.remove()
        let verified = try AvalProcess.command(["ledger", "verify"], on: world.installation.database)
        #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    }

    private func lose(_ cases: [Case], _ world: World) async throws {
        let wire = try Wire(world.server)
        try await world.commitTogether(cases.map(\.purchase), on: wire)
        wire.reset()
        try await Task.sleep(for: .milliseconds(100))
        world.proxy.resume()
        try await world.waitForUncertain(Set(cases.map(\.holder.account)))
    }

    /// The test network waits for ten seconds.
    private func delay(_ cases: [Case], _ world: World) async throws {
        let factory = MessageFactory(pan: try await world.client.openAccount(funded: 10_000).pan)
        let wire = try Wire(world.server)
        try await world.commitTogether(cases.map(\.purchase), on: wire)
        world.proxy.stop()
        try await Task.sleep(for: .milliseconds(10_500))
        world.proxy.resume()
        try world.proxy.start()
        // What finds no connection yet is refused; the rest of the script is to be heard.
        for trace in 1...100 as ClosedRange<Int64> {
            let isHeard = try wire.exchange(factory.purchase(1, trace: trace)).text(39) == "00"
            if try await world.client.get("/v1/programs").status == 200, isHeard { return }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test func `the table has every pair once`() {
        #expect(Self.rows.count == 27)
        #expect(Set(Self.rows.map { "\($0.fate) \($0.reversals) \($0.advice)" }).count == 27)
    }
}
