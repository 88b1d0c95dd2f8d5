import AuthorizationCore
import AuthorizationEngine
import CardNetwork
import Foundation
import ISO8583
import Testing
import YAMLFiles

@testable import Service

@Suite struct `A file of networks` {
    private static func read(_ text: String) throws -> [NetworkDefinition] {
        try NetworkFile.read(Array(text.utf8), file: "networks.yaml")
    }

    /// Each problem as PATH: REASON.
    private static func problems(_ text: String) -> [String] {
        do {
            _ = try read(text)
            return []
        } catch let error as FileError {
            return error.problems.map { "\($0.path): \($0.reason)" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `says where each network listens and connects, in which dialect and framing, and its bounds`() throws {
        let networks = try Self.read(
            """
            networks:
              - name: blue
                dialect: iso87-ebcdic
                framing: {length: ascii-4, counts_itself: true, filler_bytes: 2, routing: tpdu}
                listen: [{host: 127.0.0.1, port: 0}, {host: "::1", port: 8601}]
                sign_on_required: false
                in_flight: 10
                connections: 3
              - name: green-2
                dialect: iso93-bcd-ascii
                connect: [{host: switch.example, port: 7001}]
                sign_on: true
                echo_every_ms: 60000
                answer_timeout_ms: 5000
                reconnect: {first_ms: 100, longest_ms: 2000}
                deadline_ms: 5000
                margin_ms: 500
            """
        )
        #expect(networks.map(\.profile.name) == ["blue", "green-2"])
        #expect(networks.map(\.profile.dialect.name) == ["iso87-ebcdic", "iso93-bcd-ascii"])
        let framing = FrameFormat(.ascii4, includesItself: true, fillerBytes: 2, routing: .tpdu)
        #expect(networks[0].profile.framing == framing)
        #expect(networks[1].profile.framing == FrameFormat(.bigEndian2))
        let (blue, green) = (networks[0].server, networks[1].server)
        #expect(blue.listeners.map(\.description) == ["127.0.0.1:0", "::1:8601"])
        #expect(blue.connectors.isEmpty && !blue.rules.isSignOnRequired && !blue.rules.signsOn)
        #expect(blue.rules.inFlightLimit == 10 && blue.connectionLimit == 3 && blue.rules.echoInterval == nil)
        #expect(green.connectors.map(\.description) == ["switch.example:7001"])
        #expect(green.rules.isSignOnRequired && green.rules.signsOn)
        #expect(green.rules.echoInterval == .seconds(60) && green.rules.answerTimeout == .seconds(5))
        #expect(green.reconnection.first == .milliseconds(100) && green.reconnection.longest == .seconds(2))
        #expect(networks[1].profile.dialect.deadline == .seconds(5))
        #expect(networks[1].profile.dialect.margin == .milliseconds(500))
    }

    @Test func `tells everything that is wrong with it at once, each with its path`() {
        let problems = Self.problems(
            """
            networks:
              - name: Blue
                dialect: morse
                colour: red
                deadline_ms: 1
                kinds: {"9": purchase}
                teller_machine_categories: []
                chip_differences: {colour: ignore}
                listen: [{host: 127.0.0.1, port: 70000}, {port: 1, tls: {certificate: none.pem, key: none.key}}]
              - name: green
                dialect: iso87-ebcdic
                framing: {length: roman}
                sign_on: true
                deadline_ms: 1000
                margin_ms: 1000
              - {name: green, dialect: iso87-ebcdic, connect: [{host: a, port: 0, tls: {server_name: "::1"}}]}
              - {name: sandbox, dialect: iso87-ebcdic, connect: [{host: a, port: 1}]}
            """
        )
        for expected in [
            "networks[1].name: 1 to 16", "networks[1].dialect: no dialect morse",
            "networks[1].colour: is not known", "networks[1].listen", "networks[1].deadline_ms",
            "networks[1].kinds.9: the first two digits", "networks[1].teller_machine_categories",
            "networks[1].chip_differences.colour",
            "networks[2].framing.length: roman", "networks[2].sign_on: is for connections",
            "networks[2].margin_ms: must be less", "networks[2]: listen or connect", "networks[3].name: green is there",
            "networks[3].connect[1].port: 0 is not possible",
            "networks[3].connect[1].tls.server_name: ::1 is an address",
            "networks[4].name: sandbox is the network that is played",
        ] { #expect(problems.contains { $0.hasPrefix(expected) }, "\(expected) is not among \(problems)") }
    }

    /// What stands beside name and dialect, and the problem that it makes.
    static let pairs: [(text: String, problem: String?)] = [
        ("listen: [{host: h, port: 1}], reconnect: {first_ms: 5000, longest_ms: 100}", "reconnect.first_ms: is longer"),
        ("listen: [{host: h, port: 1}], reconnect: {first_ms: 40000}", "reconnect.first_ms: is longer"),
        ("listen: [{host: h, port: 1}], reconnect: {longest_ms: 199}", "reconnect.first_ms: is longer"),
        ("listen: [{host: h, port: 1}], reconnect: {first_ms: 5, longest_ms: 5}", nil),
        (
            "listen: [{host: h, port: 1}], file_updates: {file: F, repeat: {first_ms: 900001}}",
            "file_updates.repeat.first_ms: is longer"
        ),
        ("listen: [{host: h, port: 1}, {host: h, port: 1}]", "listen: h:1 is there twice"),
        ("listen: [{host: h, port: 1}, {host: i, port: 1}, {host: h, port: 2}]", nil),
        ("listen: [{host: h, port: 0}, {host: h, port: 0}]", nil),
        ("connect: [{host: h, port: 1}, {host: h, port: 1}]", nil),
    ]

    @Test(arguments: pairs)
    func `has waits that grow, and each place to listen once`(_ row: (text: String, problem: String?)) {
        let problems = Self.problems("networks: [{name: a, dialect: iso87-ascii-hexbitmap, \(row.text)}]")
        #expect(problems.count == (row.problem == nil ? 0 : 1), "\(problems)")
        if let problem = row.problem { #expect(problems.first?.hasPrefix("networks[1].\(problem)") == true) }
    }

    @Test func `has no place to listen that another network has`() {
        let listen = "dialect: iso87-ebcdic, listen: [{host: h, port: 7}]"
        #expect(
            Self.problems("networks: [{name: a, \(listen)}, {name: b, \(listen)}]")
                == ["networks[2].listen: h:7 is there twice"]
        )
    }

    @Test func `has no CVV2 in an element that its dialect echoes`() throws {
        let text = "networks: [{name: a, dialect: d, listen: [{host: h, port: 1}], indicators: {cvv2: {element: 126}}}]"
        var dialect = Dialect.iso87BCD
        #expect(throws: Never.self) { try NetworkFile.read(Array(text.utf8), file: "f") { _ in dialect } }
        dialect.rules[0].echoed.insert(126)
        let error = #expect(throws: FileError.self) {
            try NetworkFile.read(Array(text.utf8), file: "f") { _ in dialect }
        }
        #expect(error?.problems.first?.reason.hasPrefix("element 126 has a CVV2") == true)
    }

    @Test(arguments: [
        ("", "empty"), ("networks: [", "not YAML"), ("networks: []", "1 to 64"), ("- a", "mapping"),
        ("networks: &a [*a]", "anchors"), ("networks: 5", "list"), ("other: 1\nnetworks: []", "not known"),
        ("networks: [" + String(repeating: "{}, ", count: 65) + "]", "1 to 64"),
        (String(repeating: "#", count: 1 << 17), "bytes"),
        (String(repeating: "[", count: 60_000), "not YAML"),
    ])
    func `is refused when it is no such list`(text: String, reason: String) {
        let problems = Self.problems(text)
        #expect(!problems.isEmpty)
        #expect(problems.contains { $0.contains(reason) }, "\(reason) is not in \(problems.prefix(5))")
    }

    /// The dialect's deadline and the network's time to answer us, in milliseconds, and the problem that they make with
    /// a stop of 20 s.
    @Test(arguments: [
        (60_000, 19_999, nil), (60_001, 19_999, "the network blue waits 60001 ms"),
        (60_000, 20_000, "answer_timeout_ms of the network blue (20000 ms) must be below AVAL_STOP_TIMEOUT (20000 ms)"),
    ])
    func `has deadlines within the sweep's reach, and answers to us within a stop`(
        deadline: Int,
        answerTimeout: Int,
        problem: String?
    ) throws {
        var dialect = Dialect.iso87BCD
        dialect.deadline = .milliseconds(deadline)
        let text = "networks: [{name: blue, dialect: a, connect: [{host: h, port: 1}], sign_on: true, "
        let networks = try NetworkFile.read(
            Array("\(text)answer_timeout_ms: \(answerTimeout)}]".utf8),
            file: "f"
        ) { _ in dialect }
        let found = Settings.problem(try #require(networks.first), stop: .seconds(20))
        if let problem { #expect(found?.hasPrefix(problem) == true) } else { #expect(found == nil) }
    }

    private static func fileUpdates(_ text: String) -> String {
        """
        networks:
          - name: blue
            dialect: iso87-ascii-hexbitmap
            listen: [{host: 127.0.0.1, port: 0}]
            file_updates: \(text)
        """
    }

    @Test func `says how a network takes updates of its file, which without a word it does not`() throws {
        let plain = try Self.read("networks: [{name: a, dialect: iso87-ebcdic, listen: [{host: h, port: 1}]}]")
        #expect(plain.first?.profile.files == nil)
        let short = try #require(try Self.read(Self.fileUpdates("{file: HOT}")).first?.profile.files)
        #expect(short.file == "HOT" && short.institution == nil && short.reasonElement == nil)
        #expect(short.reasons == [.frozen: "62", .blocked: "62", .lost: "41", .stolen: "43", .closed: "46"])
        #expect(short.repetition.first == .seconds(60) && short.repetition.longest == .seconds(900))
        let long = Self.fileUpdates(
            """
            {file: HOT, institution: "123", reason_element: 60, outstanding: 2,
             reasons: {lost: L, closed: {program_ended: P}, blocked: {usual: U, legal_order: O}},
             answers: {accepted: ["00"], absent: ["27"]}, repeat: {first_ms: 10, longest_ms: 20}}
            """
        )
        let files = try #require(try Self.read(long).first?.profile.files)
        #expect(files.institution == "123" && files.reasonElement == 60 && files.outstandingLimit == 2)
        #expect(files.reasons[.lost] == "L" && files.reasons[.stolen] == "43")
        #expect(files.reasons[.blocked] == "U" && files.reasons[.closed] == "46")
        let stated = [FileListing(.closed, .programEnded): "P", FileListing(.blocked, .legalOrder): "O"]
        #expect(files.statedReasons == stated)
        #expect(files.meanings == ["00": .accepted, "27": .absent, "28": .busy, "91": .busy, "96": .busy])
        #expect(files.repetition.first == .milliseconds(10) && files.repetition.longest == .milliseconds(20))
    }

    @Test(arguments: [
        ("{}", "file: is missing"), ("{file: HOT, colour: red}", "colour: is not known"),
        ("{file: HOT, reasons: {active: F}}", "reasons.active: is not known"),
        ("{file: HOT, reasons: {lost: 12345678901234567}}", "reasons.lost: a text of 1 to 16"),
        ("{file: HOT, reasons: {lost: [L]}}", "reasons.lost: a mapping is expected"),
        ("{file: HOT, reasons: {blocked: {replaced: R}}}", "reasons.blocked.replaced: is not known"),
        ("{file: HOT, reasons: {blocked: {usual: 12345678901234567}}}", "reasons.blocked.usual: a text of 1 to 16"),
        ("{file: HOT, reasons: {lost: {issuer_decision: I}}}", "reasons.lost.issuer_decision: is not known"),
        ("{file: HOT, reason_element: 200}", "reason_element: 200 is not possible"),
        ("{file: HOT, reason_element: 101}", ": does not fit into the dialect's messages: DE 101 has another use"),
        ("{file: HOTCARDS-OF-ALL-BANKS}", ": does not fit into the dialect's messages"),
        ("{file: HOT, institution: bank}", ": does not fit into the dialect's messages"),
        ("{file: HOT, outstanding: 0}", "outstanding: 0 is not possible"),
    ])
    func `tells what is wrong with updates of a file`(text: String, problem: String) {
        let problems = Self.problems(Self.fileUpdates(text))
        let expected = "networks[1].file_updates" + (problem.hasPrefix(":") ? problem : "." + problem)
        #expect(problems.contains { $0.hasPrefix(expected) }, "\(expected) is not among \(problems)")
    }

    @Test func `takes its dialects from whom it is told to ask`() throws {
        let text = "networks: [{name: a, dialect: mine.yaml#own, listen: [{host: h, port: 1}]}]"
        let networks = try NetworkFile.read(Array(text.utf8), file: "f") { name in
            var dialect = Dialect.iso87BCD
            dialect.name = name
            return dialect
        }
        #expect(networks.first?.profile.dialect.name == "mine.yaml#own")
    }

    @Test func `as the README has it is well formed; its certificates are elsewhere`() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../README.md").standardized
        let blocks = try String(contentsOf: url, encoding: .utf8).components(separatedBy: "```yaml\n").dropFirst()
        let block = blocks.compactMap { $0.components(separatedBy: "```").first }.first { $0.hasPrefix("networks:") }
        let error = #expect(throws: FileError.self) {
            try NetworkFile.read(Array(try #require(block).utf8), file: "f") { name in
                var dialect = Dialect.iso87BCD
                dialect.name = name
                return dialect
            }
        }
        let paths = try #require(error).problems.map(\.path)
        #expect(paths == ["certificate", "key", "roots"].map { "networks[1].listen[1].tls.\($0)" })
    }
}
