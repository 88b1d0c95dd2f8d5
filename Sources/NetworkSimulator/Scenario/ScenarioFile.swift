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
        "name", "dialect", "framing", "endpoint", "seed", "clock", "within_ms", "variables", "mac_key", "fields",
        "unsolicited", "steps",
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
        var reader = StepReader(dialect: dialect, variables: Set(variables.keys), patience: patience)
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
            macKey: section.has("mac_key") ? macKey(dialect, variables) : nil,
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

    private func macKey(_ dialect: Dialect, _ variables: [String: String?]) -> String? {
        guard let name = section.text("mac_key", expected: "the name of a variable") else { return nil }
        if variables[name] == nil { section.problem("mac_key", "no variable is called \(name.prefix(40))") }
        if dialect.mac == nil { section.problem("mac_key", "\(dialect.name) has no message authentication code") }
        return name
    }

    private func variables() -> [String: String?] {
        guard let section = section.section("variables") else { return [:] }
        guard section.keys.count <= Limits.variables else {
            section.problem("at most \(Limits.variables) are expected")
            return [:]
        }
        var variables: [String: String?] = [:]
        for key in section.keys {
            guard case .variable(key)? = try? Template("${\(key)}").parts.first else {
                section.problem(key, "is no name for a variable: letters, digits, dots, - and _; no number at the end")
                continue
            }
            variables[key] = .some(section.isNull(key) ? nil : section.text(key))
        }
        return variables
    }
}

extension Section {
    func milliseconds(_ key: String) -> Duration? { number(key, Limits.milliseconds).map { .milliseconds($0) } }
}
