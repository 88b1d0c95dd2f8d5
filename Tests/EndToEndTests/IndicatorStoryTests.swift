import Foundation
import ISO8583
import Testing

/// Networks of a file that say things in other places than the test network, against the built binary.
@Suite struct IndicatorStoryTests {
    private struct World {
        let installation: AvalProcess.Installation
        let client: Client
        let server: AvalProcess
        let wire: Wire

        init(_ keys: String) async throws {
            installation = try AvalProcess.Installation.make()
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
            let network = """
                networks:
                  - name: blue
                    dialect: iso87-ascii-hexbitmap
                    sign_on_required: false
                    listen: [{host: 127.0.0.1, port: 0}]

                """
            try Data((network + keys).utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            server = try AvalProcess(installation, ["AVAL_NETWORK_FILE": file.path])
            client = Client(server, installation)
            wire = try Wire(server)
        }
    }

    private static let indicators = """
            indicators:
              purpose: {element: 61, positions: 1-1, values: {A: final, B: pre_authorization, C: increment}}
              increment_mode: {element: 61, positions: 2-2, values: {T: cumulative, D: delta}}
              initiator: {element: 61, positions: 3-3, values: {C: cardholder, M: merchant}}
              partial_approval: {element: 61, positions: 4-4, values: {"N": false, "P": true}}
              fee_included: {element: 61, positions: 5-5, values: {"I": true}}
              advice_reason: {element: 48, values: {S1: stand_in, C1: completion}}
              transaction_id: {element: 62, positions: 2-9}
            merchant_advice: {element: 63, codes: {later: "R1", with_changed_data: "R2"}, channels: [point_of_sale]}
        """

    @Test func `a network says it at its own places`() async throws {
        let world = try await World(Self.indicators)
        let holder = try await world.client.openAccount(funded: 10_000)
        let factory = MessageFactory(pan: holder.pan)
        func send(_ type: MessageTypeIndicator, _ amount: Int64, _ trace: Int64, _ changes: [Int: String?]) throws
            -> Message
        {
            try world.wire.exchange(factory.purchase(amount, trace: trace, type: type).with(changes))
        }
        func balance() async throws -> [Int] { try await world.client.balance(holder.account) }
        let transaction = [62: "0TRIP-0007"] as [Int: String?]
        func of(_ changes: [Int: String?]) -> [Int: String?] { transaction.merging(changes) { $1 } }

        #expect(try send(100, 2_000, 1, of([61: "B CN "])).text(39) == "00")
        #expect(try send(100, 500, 2, of([61: "CDCN "])).text(39) == "00")
        #expect(try send(100, 4_000, 3, of([61: "CTMN "])).text(39) == "00")
        #expect(try await balance() == [10_000, 4_000, 6_000])
        #expect(try send(100, 100, 4, of([61: "X CN "])).text(39) == "30")
        let partial = try send(100, 7_000, 5, [61: "A CP "])
        #expect(partial.text(39) == "10" && partial.digits(4) == 6_000)
        #expect(try await balance() == [10_000, 10_000, 0])
        let declined = try send(100, 7_000, 6, [61: "A CN "])
        #expect(declined.text(39) == "51" && declined.text(63) == "R1")
        #expect(try send(120, 1_000, 5, [39: "00", 48: "S1"]).text(39) == "00")
        #expect(try await balance() == [10_000, 5_000, 5_000])
        #expect(try send(220, 3_000, 7, of([48: "C1"])).text(39) == "00")
        #expect(try await balance() == [7_000, 1_000, 6_000])
        #expect(try send(100, 1_000, 8, [28: "D00000100", 61: "A CNI"]).text(39) == "00")
        #expect(try await balance() == [7_000, 2_000, 5_000])
        #expect(world.server.stop() == 0)
    }

    @Test func `where none are told, a completion finds its hold by reference and approval code`() async throws {
        let world = try await World("")
        let holder = try await world.client.openAccount(funded: 10_000)
        let factory = MessageFactory(pan: holder.pan)
        let hold = try world.wire.exchange(factory.purchase(5_000, trace: 1))
        #expect(hold.text(39) == "00")
        let references: [Int: String?] = [37: hold.text(37), 38: hold.text(38)]
        let completion = factory.purchase(4_200, trace: 2, type: 220).with(references)
        #expect(try world.wire.exchange(completion).text(39) == "00")
        #expect(try await world.client.balance(holder.account) == [5_800, 0, 5_800])
        #expect(world.server.stop() == 0)
    }
}
