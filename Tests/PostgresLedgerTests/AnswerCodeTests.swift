import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger
import TestSupport
import Testing

/// What networks were told, from the row to the repeat and to the reader.
@Suite struct AnswerCodeTests {
    private static let sent: AnswerCodes = {
        var codes = AnswerCodes(response: "51", advice: "02")
        codes.cardCode = "3601M"
        codes.authentication = "3801N"
        return codes
    }()

    private static func coding(_ codes: AnswerCodes) -> AnswerCoding { { _, _ in codes } }

    private static func perform(
        _ ledger: TestLedger,
        _ card: TestLedger.IssuedCard,
        _ codes: AnswerCodes
    ) async throws -> Answer {
        let message = MessageIdentity(key: "0100|1", fingerprint: [1])
        let request = try TestLedger.payment(90_000, with: card.id, message: message)
        let reply = await ledger.perform(.authorize(request), on: card.account, coding: coding(codes))
        guard case .decided(let answer) = reply else {
            throw TestLedger.UnexpectedReply(description: "\(reply) instead of a decision")
        }
        return answer
    }

    @Test func `a repeat is told what was sent, after a change of the network's table`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let first = try await Self.perform(ledger, card, Self.sent)
        #expect(first.codes == Self.sent && !first.isRepeated)
        let again = try await Self.perform(ledger, card, AnswerCodes(response: "61", advice: "03"))
        #expect(again.codes == Self.sent && again.isRepeated)
        for table in ["journal", "network_keys"] {
            let stored = try ledger.database.texts(
                """
                SELECT concat_ws('/', response_code, advice_code, card_code_answer, authentication_answer)
                FROM \(table) WHERE response_code IS NOT NULL
                """
            )
            #expect(stored == ["51/02/3601M/3801N"], "\(table)")
        }
    }

    @Test func `messages that only further elements tell apart are each known in later batches`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let hash = [UInt8](repeating: 1, count: MessageIdentity.hashByteCount)
        for isRepeat in [false, true] {
            for further: [UInt8] in [[0x41], [0x42], [0x43]] {
                let message = MessageIdentity(key: "0100|1", fingerprint: hash + further)
                let request = try TestLedger.payment(100, with: card.id, message: message)
                let reply = await ledger.perform(.authorize(request), on: card.account)
                guard case .decided(let answer) = reply else {
                    throw TestLedger.UnexpectedReply(description: "\(reply) instead of a decision")
                }
                #expect(answer.isRepeated == isRepeat, "\(further)")
            }
        }
        #expect(
            try ledger.database.texts("SELECT key FROM network_keys ORDER BY key") == [
                "0100|1", "0100|1:42", "0100|1:43",
            ]
        )
    }

    @Test func `a row without codes is read as one`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        _ = try await Self.perform(ledger, card, Self.sent)
        try ledger.database.damage("UPDATE network_keys SET response_code = NULL, advice_code = NULL")
        let again = try await Self.perform(ledger, card, AnswerCodes(response: "61"))
        #expect(again.isRepeated && again.codes == nil)
    }

    /// Element 55 as a release kept it, and what stays: tag 91, and no script that has a new PIN.
    static let kept: [(chipData: String, stays: String)] = [
        ("91020102" + "720f860d" + "8424000210" + "aabbccddeeff0011", "91020102"),
        ("710f860d" + "8424000210" + "aabbccddeeff0011", ""), ("91020102", "91020102"),
        ("91020102" + "710f860d" + "8424000008" + "0011223344556677", "91020102710f860d84240000080011223344556677"),
        ("910484240002", "910484240002"), ("84240002", "84240002"),
    ]

    @Test(arguments: kept)
    func `scripts with a new PIN that a release has kept are gone`(_ row: (chipData: String, stays: String))
        async throws
    {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        _ = try await Self.perform(ledger, card, Self.sent)
        let folders = try FileManager.default.contentsOfDirectory(
            at: TestDatabase.migrations,
            includingPropertiesForKeys: nil
        )
        let folder = try #require(folders.first { $0.lastPathComponent.hasSuffix("-pin-change-scripts") })
        let files = try ["up.sql", "check.sql"].map {
            try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
        }
        for table in ["journal", "network_keys"] {
            let change = "SET chip_data = '\\x\(row.chipData)' WHERE response_code IS NOT NULL"
            try ledger.database.damage("UPDATE \(table) \(change)")
        }
        try ledger.database.damage(files.joined(separator: "\n"))
        for table in ["journal", "network_keys"] {
            let stored = try ledger.database.texts(
                "SELECT encode(chip_data, 'hex') FROM \(table) WHERE chip_data IS NOT NULL"
            )
            #expect(stored == [row.stays], "\(table)")
        }
    }

    @Test func `the history tells them beside the reason`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let answer = try await Self.perform(ledger, card, Self.sent)
        guard case .declined(.insufficientFunds, let id?) = answer.decision.outcome else {
            throw TestLedger.UnexpectedReply(description: "\(answer.decision.outcome)")
        }
        let directory = PostgresDirectory(url: ledger.database.servingURL, timeout: .seconds(10))
        let reader = PostgresReader(url: ledger.database.servingURL, timeout: .seconds(10), directory: directory)
        defer {
            reader.close()
            directory.close()
        }
        let view = try await reader.authorization(id, of: ledger.tenant)
        #expect(view?.history.map(\.codes) == [Self.sent])
    }

    @Test func `of a request without an account they are in the log of those`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let codes = AnswerCodes(response: "14")
        let request = Command.authorize(try TestLedger.payment(1, with: nil))
        guard case .decided(let answer) = await ledger.perform(request, on: nil, coding: Self.coding(codes)) else {
            throw TestLedger.UnexpectedReply(description: "no decision")
        }
        #expect(answer.codes == codes)
        let stored = try ledger.database.texts("SELECT response_code FROM unrouted_journal WHERE advice_code IS NULL")
        #expect(stored == ["14"])
    }
}
