import AuthorizationEngine
import CardCryptography
import CardNetwork
import ISO8583
import Testing
import YAMLFiles

@testable import Service

@Suite struct `Keys in a file of networks` {
    private static func read(_ keys: String, mac: Bool = true) throws -> NetworkKeys? {
        let text = """
            networks:
              - name: blue
                dialect: iso87-ascii-hexbitmap
                listen: [{host: 127.0.0.1, port: 0}]
                keys: \(keys)
            """
        return try NetworkFile.read(Array(text.utf8), file: "networks.yaml") { _ in
            var dialect = Dialect.iso87ASCIIHexBitmap
            if mac { dialect.mac = MACCoverage(bytes: .messageBeforeMAC, algorithm: .retail) }
            return dialect
        }.first?.profile.keys
    }

    @Test func `are named by id, with how the network changes them`() throws {
        let keys = try #require(
            try Self.read(
                """
                {mac_in: b.in, mac_out: b.out, pin: b.pin, pin_format: 3, change: {protection: zmk,
                  block: {element: 48, positions: 4-160}, check_value: {element: 44}, grace_ms: 5000, ask: {after: 5, code: 101, answered: true, first_ms: 1000, longest_ms: 2000}}}
                """
            )
        )
        #expect(keys.working.map(\.direction) == [.incoming, .outgoing, .both])
        #expect(keys.pinFormat == .format3)
        #expect(keys.allNames.map { "\($0)" } == ["b.in", "b.out", "b.pin", "zmk"])
        let change = try #require(keys.change)
        #expect(change.location == ElementLocation(48, .positions(3..<160)))
        #expect(change.checkValue == ElementLocation(44) && change.grace == .seconds(5))
        #expect(change.request?.failures == 5 && change.request?.code == 101)
        #expect(change.request?.isAnsweredWithKey == true)
        #expect(change.request?.repetition.longest == .seconds(2))
        #expect(try Self.read("{mac: m, change: {protection: z, ask: ~}}")?.change?.request == nil)
        #expect(try Self.read("{mac: m, change: {protection: z}}")?.change?.location == ElementLocation(48))
    }

    @Test(arguments: [
        ("{mac: UPPER}", "networks[1].keys.mac: the id of a key, 1 to 64 of a-z, 0-9, - and . is expected"),
        (
            "{mac: a, mac_in: b}",
            "networks[1].keys.mac: is for both directions, and does not go with mac_in and mac_out"
        ),
        ("{mac_in: b}", "networks[1].keys.mac_in: and mac_out go together"),
        ("{mac: a, change: {block: {element: 48}}}", "networks[1].keys.change.protection: is missing"),
        (
            "{mac: a, change: {protection: z, block: {element: 52}}}",
            "networks[1].keys.change.block.element: 52 is card data"
        ),
        ("{pin: a, pin_format: 2}", "networks[1].keys.pin_format: 2 is for the chip of a card only"),
        ("{mac: a, zmk: z}", "networks[1].keys.zmk: is not known here"),
    ])
    func `are refused with what is wrong`(keys: String, problem: String) {
        #expect(Self.problems { try Self.read(keys) }.contains { $0.hasPrefix(problem) })
    }

    @Test func `for codes need a dialect that has them`() {
        let problems = Self.problems { try Self.read("{mac: a}", mac: false) }
        #expect(problems == ["networks[1].keys.mac: the dialect has no message authentication code"])
    }

    private static func problems(_ read: () throws -> NetworkKeys?) -> [String] {
        do {
            _ = try read()
            return []
        } catch let error as FileError {
            return error.problems.map { "\($0.path): \($0.reason)" }
        } catch {
            return ["\(error)"]
        }
    }
}
