import DialectFiles
import Foundation
import ISO8583
import YAMLFiles

/// Scenarios as YAML. ``example`` shows most of the keys.
package enum ScenarioFile {
    /// Bytes of a file; whoever reads one need not read more.
    package static let maximumBytes = Limits.fileBytes

    /// What a file names and this module does not read.
    package struct Resolver {
        /// The dialect of a name, or why there is none.
        package var dialect: (String) throws -> Dialect
        /// What encrypts the connection, by the section `tls`; nil, with its problems reported, where it cannot.
        package var tls: (Section, _ isListener: Bool) -> LinkTLS?

        package init(
            dialect: @escaping (String) throws -> Dialect,
            tls: @escaping (Section, _ isListener: Bool) -> LinkTLS?
        ) {
            self.dialect = dialect
            self.tls = tls
        }
    }

    /// - Throws: ``FileError`` with everything that is wrong.
    package static func read(_ bytes: [UInt8], file: String, _ resolver: Resolver) throws(FileError) -> Scenario {
        let problems = ProblemList()
        let root = FileNode(bytes, limit: Limits.fileBytes, problems)
        let section = root.flatMap { Section($0, path: "", problems) }
        let scenario = section.flatMap { ScenarioReader(section: $0).scenario(resolver) }
        guard problems.isEmpty, let scenario else { throw FileError(file: file, problems: problems) }
        return scenario
    }

    /// Values of variables: a mapping of names and texts.
    ///
    /// - Throws: ``FileError`` with everything that is wrong.
    package static func variables(_ bytes: [UInt8], file: String) throws(FileError) -> [String: String] {
        let problems = ProblemList()
        let root = FileNode(bytes, limit: Limits.fileBytes, problems)
        let section = root.flatMap { Section($0, path: "", problems) }
        var variables: [String: String] = [:]
        for key in section?.keys ?? [] { variables[key] = section?.text(key) }
        guard problems.isEmpty else { throw FileError(file: file, problems: problems) }
        return variables
    }
}

/// Reads what stands at the top of a scenario.
private struct ScenarioReader {
    private static let keys = [
        "name", "dialect", "framing", "endpoint", "seed", "clock", "within_ms", "variables", "key_blocks", "mac",
        "mac_key", "fields", "unsolicited", "steps",
    ]

    let section: Section

    func scenario(_ resolver: ScenarioFile.Resolver) -> Scenario? {
        section.allow(Self.keys)
        let name = section.text("name")
        let dialect = dialect(resolver)
        var patience = Duration.seconds(5)
        section.set(&patience, "within_ms") { section.milliseconds($0) }
        let variables = variables()
        var allowsUnsolicited = false
        section.set(&allowsUnsolicited, "unsolicited") {
            section.choice($0, among: [("allowed", true), ("failure", false)])
        }
        let endpoint = endpoint(resolver)
        let start = section.has("clock") ? clock() : nil
        guard let dialect else { return nil }
        let names = Set(variables.keys)
        let keyBlocks = keyBlocks(names)
        let macKeys = section.has("mac_key") ? MACKeyNames(section, variables: names, dialect, earlier: nil) : nil
        var reader = StepReader(
            dialect: dialect,
            variables: names,
            keyBlocks: Set(keyBlocks.keys),
            macKeys: macKeys,
            patience: patience
        )
        let fields = section.section("fields").map { reader.fields($0) } ?? [:]
        let steps = reader.steps(section)
        guard let name else { return nil }
        return Scenario(
            name: name,
            dialect: dialect,
            endpoint: endpoint,
            seed: section.has("seed") ? section.number("seed", 0...Int.max).map { UInt64($0) } : nil,
            start: start,
            patience: patience,
            variables: variables,
            keyBlocks: keyBlocks,
            macKeys: macKeys,
            fields: fields,
            allowsUnsolicited: allowsUnsolicited,
            steps: steps
        )
    }

    private func dialect(_ resolver: ScenarioFile.Resolver) -> Dialect? {
        guard let name = section.text("dialect") else { return nil }
        do {
            var dialect = try resolver.dialect(name)
            if let framing = section.section("framing") { dialect.framing.read(framing) }
            if let mac = section.section("mac") { dialect.mac = MACCoverage(mac) }
            return dialect
        } catch {
            section.problem("dialect", "\(error)")
            return nil
        }
    }

    private func endpoint(_ resolver: ScenarioFile.Resolver) -> Endpoint {
        var endpoint = Endpoint()
        guard let section = section.section("endpoint") else { return endpoint }
        section.allow(["host", "port", "listen", "tls"])
        section.set(&endpoint.isListener, "listen", section.flag)
        section.set(&endpoint.host, "host") { section.text($0) }
        section.set(&endpoint.port, "port") { section.number($0, (endpoint.isListener ? 0 : 1)...65_535) }
        if let tls = section.section("tls") { endpoint.tls = resolver.tls(tls, endpoint.isListener) }
        return endpoint
    }

    /// An instant (RFC 3339), or `real`.
    private func clock() -> Date? {
        guard let text = section.text("clock"), text != "real" else { return nil }
        guard let date = try? Date(text, strategy: .iso8601) else {
            section.problem("clock", "real, or an instant such as 2026-11-21T10:00:00Z, is expected")
            return nil
        }
        return date
    }

    private func keyBlocks(_ variables: Set<String>) -> [String: KeyBlockRecipe] {
        var blocks: [String: KeyBlockRecipe] = [:]
        guard let section = section.section("key_blocks") else { return [:] }
        for name in names(section) {
            guard let recipe = section.section(name) else { continue }
            if variables.contains(name) { section.problem(name, "a variable has this name") }
            blocks[name] = KeyBlockRecipe(recipe, variables: variables)
        }
        return blocks
    }

    private func variables() -> [String: String?] {
        guard let section = section.section("variables") else { return [:] }
        var variables: [String: String?] = [:]
        for name in names(section) { variables[name] = .some(section.isNull(name) ? nil : section.text(name)) }
        return variables
    }

    /// The keys of a section that templates can name.
    private func names(_ section: Section) -> [String] {
        guard section.keys.count <= Limits.variables else {
            section.problem("at most \(Limits.variables) are expected")
            return []
        }
        return section.keys.filter { key in
            if case .variable? = try? Template("${\(key)}").parts.first { return true }
            section.problem(key, "is no name for a variable: letters, digits, dots, - and _; no number at the end")
            return false
        }
    }
}

extension Section {
    func milliseconds(_ key: String) -> Duration? { number(key, Limits.milliseconds).map { .milliseconds($0) } }
}
