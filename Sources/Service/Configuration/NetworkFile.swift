import AuthorizationCore
import CardNetwork
import DialectFiles
import Foundation
import ISO8583
import YAMLFiles

/// Card networks as YAML: a list under `networks`, each with where it listens or connects.
///
///     networks:
///       - name: blue
///         dialect: iso87-ebcdic
///         framing: {length: ascii-4}
///         listen:
///           - {host: 0.0.0.0, port: 8601, tls: {certificate: aval.pem, key: aval.key, roots: blue.pem}}
///       - name: green
///         dialect: iso87-ascii-hexbitmap
///         connect:
///           - {host: switch.green.example, port: 7001}
///         sign_on: true
///         echo_every_ms: 60000
///         indicators: {transaction_id: {element: 62, positions: 1-15}}
struct NetworkFile {
    /// Bytes of a file; a network takes less than one thousand.
    private static let limit = 1 << 16
    private static let networkCount = 1...64

    /// - Parameter dialect: gives the dialect of a name, as commands take it, or says why there is none.
    /// - Throws: `FileError` with everything that is wrong.
    static func load(
        _ path: String,
        dialect: (String) throws -> Dialect = Dialect.init(argument:)
    ) throws -> [NetworkDefinition] {
        guard let file = FileHandle(forReadingAtPath: path), let content = try file.read(upToCount: limit + 1) else {
            throw Settings.Problem(description: "\(path) cannot be read")
        }
        return try read(Array(content), file: path, dialect: dialect)
    }

    static func read(
        _ bytes: [UInt8],
        file: String,
        dialect: (String) throws -> Dialect = Dialect.init(argument:)
    ) throws -> [NetworkDefinition] {
        let problems = ProblemList()
        let networks = networks(bytes, problems, dialect)
        guard problems.isEmpty else { throw FileError(file: file, problems: problems) }
        return networks
    }

    private static func networks(
        _ bytes: [UInt8],
        _ problems: ProblemList,
        _ dialect: (String) throws -> Dialect
    ) -> [NetworkDefinition] {
        guard let root = FileNode(bytes, limit: limit, problems), let section = Section(root, path: "", problems) else {
            return []
        }
        section.allow(["networks"])
        let sections = section.sections("networks")
        guard networkCount.contains(sections.count) else {
            section.problem("networks", "\(networkCount.lowerBound) to \(networkCount.upperBound) are expected")
            return []
        }
        var names: Set<String> = []
        var listeners: Set<String> = []
        return sections.compactMap { section in
            let network = NetworkReader(section: section).network(dialect)
            if let name = network?.profile.name, !names.insert(name).inserted {
                section.problem("name", "\(name) is there twice")
            }
            // Port 0 is any that is free.
            for listener in network?.server.listeners ?? [] where listener.port != 0 {
                guard !listeners.insert(listener.description).inserted else { continue }
                section.problem("listen", "\(listener) is there twice")
            }
            return network
        }
    }
}

/// Reads one network of the file.
private struct NetworkReader {
    private static let keys =
        [
            "name", "dialect", "framing", "listen", "connect", "sign_on", "sign_on_required", "echo_every_ms",
            "answer_timeout_ms", "reconnect", "in_flight", "connections", "deadline_ms", "margin_ms", "indicators",
            "merchant_advice", "address_answer", "cvv2_answer", "cavv_answer", "file_updates", "partial_reversal",
            "acquirer_fee_types", "keys", "chip_differences",
        ] + CodeSection.keys
    private static let endpoints = 16

    let section: Section

    func network(_ dialect: (String) throws -> Dialect) -> NetworkDefinition? {
        section.allow(Self.keys)
        let name = name()
        let (dialect, isKnown) = self.dialect(dialect)
        var server = NetworkServer.Settings(rules: rules(isSignOnRequired: dialect.isSignOnRequired))
        server.listeners = endpoints("listen", ports: 0...65_535) { $0.listenerTLS() }
        server.connectors = endpoints("connect", ports: 1...65_535) { $0.connectorTLS() }
        if server.listeners.isEmpty, server.connectors.isEmpty {
            section.problem("listen or connect is expected, with a host and a port")
        }
        if section.has("sign_on"), server.connectors.isEmpty {
            section.problem("sign_on", "is for connections that we make; there is no connect")
        }
        section.set(&server.connectionLimit, "connections") { section.number($0, 1...65_536) }
        section.read(&server.reconnection, "reconnect", first: 1...60_000, longest: 1...3_600_000)
        var framing = dialect.framing
        if let section = section.section("framing") { framing.read(section) }
        var profile = NetworkProfile(name: name ?? "", dialect: dialect, framing: framing)
        CodeSection(section: section).readKinds(into: &profile)
        if let section = section.section("chip_differences") { profile.chipDifferences = section.chipDifferences() }
        // Of the rest nothing can be said before there is the dialect.
        guard isKnown else { return nil }
        CodeSection(section: section).read(into: &profile)
        if let section = section.section("indicators") {
            let indicators = IndicatorSection(section: section, dialect: dialect)
            profile.indicators = indicators.indicators()
            profile.disputes = indicators.disputes()
            profile.credential = indicators.credential()
            for element in profile.echoedProofs {
                section.problem("element \(element) has a CVV2 or CAVV, and the dialect echoes it in answers")
            }
        }
        if let section = section.section("merchant_advice") {
            profile.merchantAdvice = section.merchantAdvice(dialect)
        }
        profile.checkAnswers.address = section.section("address_answer").flatMap { $0.checkAnswer(dialect) }
        profile.checkAnswers.cardCode = section.section("cvv2_answer").flatMap { $0.checkAnswer(dialect) }
        profile.checkAnswers.authentication = section.section("cavv_answer").flatMap { $0.checkAnswer(dialect) }
        if let (key, problem) = profile.checkAnswers.overlap(with: profile.merchantAdvice) {
            section.problem(key, problem)
        }
        read(since1993: &profile)
        profile.files = section.section("file_updates").flatMap { FileSection(section: $0).rules(of: profile) }
        if let section = section.section("keys") {
            profile.keys = KeySection(section: section, dialect: dialect).keys()
            server.rules.keyRequests = profile.keys?.change?.request
        }
        guard name != nil else { return nil }
        return NetworkDefinition(profile: profile, server: server, setting: .networkFile)
    }

    /// What the standard says in other elements before 1993.
    private func read(since1993 profile: inout NetworkProfile) {
        section.set(&profile.partialReversalAmount, "partial_reversal") {
            section.choice($0, among: [("new_total", PartialReversalAmount.newTotal), ("taken_back", .takenBack)])
        }
        section.set(&profile.acquirerFeeTypes, "acquirer_fee_types") { section.texts($0).map(Set.init) }
        for key in ["partial_reversal", "acquirer_fee_types"] where profile.dialect.edition == .iso1987 {
            if section.has(key) { section.problem(key, "is of ISO 8583:1993, and the dialect is not") }
        }
        if profile.acquirerFeeTypes.contains(where: { $0.utf8.count != 2 }) {
            section.problem("acquirer_fee_types", "types of two characters are expected")
        }
    }

    /// Part of request keys in the journal.
    private func name() -> String? {
        guard let name = section.text("name") else { return nil }
        let isAllowed = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (48...57).contains(byte)
                || byte == UInt8(ascii: "-")
        }
        guard isAllowed, name.utf8.count <= 16 else {
            section.problem("name", "1 to 16 of a-z, 0-9 and - are expected")
            return nil
        }
        guard name != Sandbox.network else {
            section.problem("name", "\(name) is the network that is played for sandboxes")
            return nil
        }
        return name
    }

    /// Any other where it is not known, so that all else that is wrong is told as well.
    private func dialect(_ resolve: (String) throws -> Dialect) -> (Dialect, isKnown: Bool) {
        var (dialect, isKnown) = (Dialect.iso87ASCIIHexBitmap, false)
        do {
            if let name = section.text("dialect") { (dialect, isKnown) = (try resolve(name), true) }
        } catch {
            section.problem("dialect", "\(error)")
        }
        section.set(&dialect.isSignOnRequired, "sign_on_required", section.flag)
        section.set(&dialect.deadline, "deadline_ms") { section.duration($0, 100...60_000) }
        section.set(&dialect.margin, "margin_ms") { section.duration($0, 0...59_999) }
        if isKnown || section.has("deadline_ms"), dialect.margin >= dialect.deadline {
            section.problem("margin_ms", "must be less than the deadline, \(dialect.deadline)")
        }
        return (dialect, isKnown)
    }

    private func rules(isSignOnRequired: Bool) -> SessionRules {
        var rules = SessionRules(isSignOnRequired: isSignOnRequired)
        section.set(&rules.signsOn, "sign_on", section.flag)
        if section.has("echo_every_ms"), let interval = section.duration("echo_every_ms", 0...86_400_000) {
            rules.echoInterval = interval == .zero ? nil : interval
        }
        section.set(&rules.answerTimeout, "answer_timeout_ms") { section.duration($0, 10...600_000) }
        section.set(&rules.inFlightLimit, "in_flight") { section.number($0, 1...65_536) }
        return rules
    }

    private func endpoints(
        _ key: String,
        ports: ClosedRange<Int>,
        tls: (TLSSection) -> NetworkEndpoint.TLS?
    ) -> [NetworkEndpoint] {
        guard section.has(key) else { return [] }
        let sections = section.sections(key)
        if sections.count > Self.endpoints { section.problem(key, "at most \(Self.endpoints) are expected") }
        return sections.compactMap { section in
            section.allow(["host", "port", "tls"])
            let host = section.text("host")
            let port = section.number("port", ports)
            let encryption = section.section("tls").flatMap { tls(TLSSection(section: $0)) }
            guard let host, let port else { return nil }
            return NetworkEndpoint(host: host, port: port, tls: encryption)
        }
    }
}

extension Section {
    /// Of milliseconds.
    func duration(_ key: String, _ range: ClosedRange<Int>) -> Duration? {
        number(key, range).map { .milliseconds($0) }
    }

    /// `KEY: {first_ms: …, longest_ms: …}`, of milliseconds; without the key, nothing changes.
    func read(_ backoff: inout Backoff, _ key: String, first: ClosedRange<Int>, longest: ClosedRange<Int>) {
        guard let section = section(key) else { return }
        section.allow(["first_ms", "longest_ms"])
        section.readWaits(&backoff, first, longest)
    }

    /// The same of this section itself, which may have other keys.
    func readWaits(_ backoff: inout Backoff, _ first: ClosedRange<Int>, _ longest: ClosedRange<Int>) {
        set(&backoff.first, "first_ms") { duration($0, first) }
        set(&backoff.longest, "longest_ms") { duration($0, longest) }
        if backoff.first > backoff.longest { problem("first_ms", "is longer than longest_ms, \(backoff.longest)") }
    }
}
