import AuthorizationCore
import CardNetwork
import Foundation
import ISO8583
import Testing
import YAMLFiles

@testable import Service

@Suite struct `Codes in a file of networks` {
    private static func read(_ text: String, _ dialect: Dialect = .iso87BCD) throws -> NetworkDefinition {
        let head = "networks:\n  - name: blue\n    dialect: any\n    listen: [{host: h, port: 1}]\n"
        let indented = text.split(separator: "\n").map { "    \($0)\n" }.joined()
        return try #require(try NetworkFile.read(Array((head + indented).utf8), file: "f") { _ in dialect }.first)
    }

    @Test func `lie over the standard's, and an empty one takes a code away`() throws {
        let profile = try Self.read(
            """
            kinds: {"17": cash_advance, "90": pin_change, "11": ~}
            entry_modes: {"95": magnetic_stripe, "81": ~}
            teller_machine_categories: ["6010", "6012"]
            management: {"081": echo, "270": ~, "501": cut_over, "301": key_change}
            """
        ).profile
        let standard = NetworkProfile(name: "a", dialect: .iso87BCD, framing: FrameFormat(.bigEndian2))
        var kinds = standard.kinds
        (kinds[17], kinds[90], kinds[11]) = (.cashAdvance, .pinChange, nil)
        #expect(profile.kinds == kinds)
        var modes = standard.entryModes
        (modes["95"], modes["81"]) = (.magneticStripe, nil)
        #expect(profile.entryModes == modes)
        #expect(profile.tellerMachineCategories == [6_010, 6_012])
        var management = standard.management
        (management[81], management[270], management[501]) = (.session(.echo), nil, .cutOver)
        management[301] = .keyChange
        #expect(profile.management == management)
        let plain = try Self.read("in_flight: 1").profile
        #expect(plain.kinds == standard.kinds && plain.management == standard.management)
        #expect(plain.entryModes == standard.entryModes && plain.tellerMachineCategories == [6_011])
        #expect(plain.responses.declines == standard.responses.declines)
    }

    @Test func `of entry modes are position 7 of DE 22 in 1993`() throws {
        let profile = try Self.read("entry_modes: {S: ecommerce, \"2\": fallback, \"6\": ~}", .iso93BCD).profile
        #expect(profile.entryModes == ["1": .manual, "2": .fallback, "5": .contactChip, "S": .ecommerce])
    }

    /// A reason, a channel, and what is said with the file below.
    static let declines: [(DeclineReason, AcceptanceChannel, code: String, Retry)] = [
        (.cardBlocked, .pointOfSale, "04", .never), (.cardBlocked, .tellerMachine, "04", .never),
        (.cardBlocked, .remote, "14", .never), (.insufficientFunds, .pointOfSale, "51", .never),
        // The standard's own retry online stays.
        (.expiryMismatch, .pointOfSale, "14", .never), (.expiryMismatch, .remote, "14", .withChangedData),
        (.cardExpired, .tellerMachine, "33", .never), (.cardExpired, .pointOfSale, "54", .never),
        (.cardExpired, .remote, "54", .later), (.cardLost, .pointOfSale, "41", .never),
    ]

    private static let responses = """
        responses:
          codes: {not_supported: "12", partially_approved: "87"}
          declines:
            card_blocked: {code: "04", channels: {ecommerce: {code: "14"}}}
            insufficient_funds: {retry: never}
            expiry_mismatch: {code: "14"}
            card_expired: {channels: {teller_machine: {code: "33"}, ecommerce: {retry: later}}}
          advices: {"N7": declined, "08": ~, "51": ~}
        """

    @Test(arguments: declines)
    func `of declines have a code and a retry, and others by channel`(
        _ reason: DeclineReason,
        _ channel: AcceptanceChannel,
        _ code: String,
        _ retry: Retry
    ) throws {
        let responses = try Self.read(Self.responses).profile.responses
        let response = responses.decline(reason, at: channel)
        #expect(response.code == code && response.retry == retry)
    }

    @Test func `say what answers and advices mean`() throws {
        let profile = try Self.read(Self.responses).profile
        let responses = profile.responses
        #expect(responses.text(of: .notSupported) == "12" && responses.text(of: .partiallyApproved) == "87")
        #expect(responses.text(of: .formatError) == "30")
        #expect(responses.refusals.contains("N7") && responses.refusals.contains("05"))
        #expect(!responses.refusals.contains("51") && !responses.approvals.contains("51"))
        #expect(!responses.approvals.contains("08") && responses.approvals.contains("00"))
        // Files of hot cards have the codes with which we decline.
        let told = try Self.read(
            "file_updates: {file: HOT}\nresponses: {declines: {card_lost: {code: \"07\"}}}"
        )
        #expect(told.profile.files?.reasons[.lost] == "07")
    }

    static let faults: [(text: String, path: String, reason: String)] = [
        ("kinds: {\"1\": purchase}", "kinds.1", "the first two digits of DE 3"),
        ("kinds: {\"001\": purchase}", "kinds.001", "the first two digits of DE 3"),
        ("kinds: {\"17\": lunch}", "kinds.17", "one of purchase, purchase_with_cashback"),
        ("entry_modes: {S: ecommerce}", "entry_modes.S", "the first two digits of DE 22"),
        ("entry_modes: {\"81\": wire}", "entry_modes.81", "one of unknown, manual"),
        ("teller_machine_categories: [ATM]", "teller_machine_categories", "four digits"),
        ("teller_machine_categories: []", "teller_machine_categories", "1 to 64"),
        ("management: {\"81\": echo}", "management.81", "three digits of DE 70"),
        ("management: {\"081\": hello}", "management.081", "one of sign_on, sign_off, echo, cut_over, key_change"),
        ("responses: {colour: red}", "responses.colour", "is not known"),
        ("responses: {codes: {fine: \"00\"}}", "responses.codes.fine", "is not known"),
        (
            "responses: {codes: {approved: \"000\"}}", "responses.codes.approved",
            "a code of 2 letters and digits, DE 39"
        ),
        ("responses: {codes: {format_error: \"00\"}}", "responses.codes", "format_error is 00, which approves"),
        (
            "responses: {codes: {verified: A0, system_malfunction: A0}}", "responses.codes",
            "system_malfunction is A0, which approves"
        ),
        (
            "responses: {advices: {\"00\": ~}, declines: {card_lost: {code: \"00\"}}}", "responses.declines",
            "card_lost is 00, which approves"
        ),
        ("responses: {codes: {approved: \"05\"}}", "responses.codes", "approved is 05, which declines"),
        ("responses: {codes: {partially_approved: \"00\"}}", "responses.codes", "is the code of approved"),
        ("responses: {declines: {bad_luck: {}}}", "responses.declines.bad_luck", "is not known"),
        ("responses: {declines: {card_lost: \"41\"}}", "responses.declines.card_lost", "a mapping is expected"),
        ("responses: {declines: {card_lost: {code: 4}}}", "responses.declines.card_lost.code", "4 is not possible"),
        ("responses: {declines: {card_lost: {retry: soon}}}", "responses.declines.card_lost.retry", "one of never"),
        (
            "responses: {declines: {card_lost: {channels: {moon: {}}}}}", "responses.declines.card_lost.channels.moon",
            "is not known"
        ),
        ("responses: {declines: {card_lost: {code: \"00\"}}}", "responses.declines", "card_lost is 00, which approves"),
        (
            "responses: {declines: {card_lost: {channels: {ecommerce: {code: \"85\"}}}}}", "responses.declines",
            "card_lost is 85, which approves"
        ),
        ("responses: {advices: {\"51\": approved}}", "responses.declines", "insufficient_funds is 51, which approves"),
        ("responses: {advices: {\"00\": declined}}", "responses.codes", "approved is 00, which declines"),
        ("responses: {advices: {\"5\": declined}}", "responses.advices.5", "a code of 2 letters and digits"),
        ("responses: {advices: {\"05\": maybe}}", "responses.advices.05", "one of approved, declined"),
    ]

    @Test(arguments: faults)
    func `are refused with line and key`(_ row: (text: String, path: String, reason: String)) {
        let error = #expect(throws: FileError.self) { try Self.read(row.text) }
        let found = error?.problems.first { $0.path == "networks[1].\(row.path)" && $0.reason.contains(row.reason) }
        #expect(found?.line == 5, "\(error?.problems ?? [])")
    }

    @Test(arguments: [
        ("entry_modes: {\"05\": contact_chip}", "entry_modes.05", "a letter or digit, position 7"),
        ("management: {\"81\": echo}", "management.81", "three digits of DE 24"),
        ("responses: {codes: {approved: \"0A0\"}}", "responses.codes.approved", "a code of 3 digits, DE 39"),
    ])
    func `have the form of their edition`(text: String, path: String, reason: String) {
        let error = #expect(throws: FileError.self) { try Self.read(text, .iso93ASCIIBinaryBitmap) }
        let found = error?.problems.first { $0.path == "networks[1].\(path)" && $0.reason.contains(reason) }
        #expect(found != nil, "\(error?.problems ?? [])")
    }

    @Test func `load as the README has them`() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../README.md").standardized
        let blocks = try String(contentsOf: url, encoding: .utf8).components(separatedBy: "```yaml\n").dropFirst()
        let block = blocks.compactMap { $0.components(separatedBy: "```").first }.first { $0.hasPrefix("    kinds:") }
        let head = "networks:\n  - name: blue\n    dialect: any\n    listen: [{host: h, port: 1}]\n"
        let networks = try NetworkFile.read(Array((head + (try #require(block))).utf8), file: "f") { _ in .iso87BCD }
        #expect(networks.first?.profile.kinds[90] == .pinChange)
    }

    @Test func `are told to operators as they are in force`() throws {
        let lines = try Self.read(
            """
            kinds: {"90": pin_change}
            management: {"081": echo}
            responses: {declines: {card_expired: {code: "33"}}, advices: {"N7": declined}}
            """
        ).codesInForce
        #expect(lines.first == "network blue, dialect iso87-bcd-ascii")
        for part in [
            "  kinds: 00 purchase, 01 cash_advance,", ", 90 pin_change", "  entry_modes: 01 manual,",
            "  teller_machine_categories: 6011", "  management: 001 sign_on,", ", 081 echo,",
            "  responses.codes: approved 00, partially_approved 10,", "card_lost 41 never,",
            "card_expired 33 never (ecommerce 33 with_changed_data)", "approved: 00, 08, 10,", ", N7,",
        ] { #expect(lines.contains { $0.contains(part) }, "\(part) is not in \(lines)") }
    }
}
