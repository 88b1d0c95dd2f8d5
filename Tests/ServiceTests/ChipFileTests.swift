import AuthorizationCore
import CardNetwork
import Testing
import YAMLFiles

@testable import Service

@Suite struct `What chips and messages tell differently, in a file of networks` {
    private static func read(_ rules: String) throws -> [ChipElement: ChipDifferenceRule] {
        let text = """
            networks:
              - name: blue
                dialect: iso87-ebcdic
                listen: [{host: h, port: 1}]
                chip_differences: \(rules)
            """
        return try NetworkFile.read(Array(text.utf8), file: "f").first?.profile.chipDifferences ?? [:]
    }

    @Test func `declines, is recorded or is ignored`() throws {
        let rules = try Self.read("{amount: ignored, currency: declined, date: recorded}")
        #expect(rules == [.amount: .ignored, .currency: .declined, .date: .recorded])
    }

    @Test(arguments: ["{colour: ignored}", "{amount: maybe}", "[]"])
    func `is refused in other words`(_ rules: String) {
        #expect(throws: FileError.self) { try Self.read(rules) }
    }
}
