import Foundation
import PostgresLedger
import RedisCache

/// The configuration: environment over file over defaults.
struct Settings: Sendable {
    enum Source: String {
        case environment
        case file
        case standard = "default"
        case none = "not set"
    }

    struct Problem: Error, CustomStringConvertible {
        var description: String
    }

    private let environment: [String: String]
    private let file: [String: String]

    /// - Parameters:
    ///   - environment: by the variables' names.
    ///   - file: by the settings' keys.
    init(environment: [String: String], file: [String: String] = [:]) {
        self.environment = environment
        self.file = file
    }

    /// Reads the environment, and the file that `AVAL_CONFIG_FILE` names, if it does.
    static func load() throws -> Settings {
        let environment = ProcessInfo.processInfo.environment
        guard let path = environment[SettingsFile.variable], !path.isEmpty else {
            return Settings(environment: environment)
        }
        do {
            return Settings(environment: environment, file: try SettingsFile.load(path))
        } catch {
            throw Problem(description: "\(SettingsFile.variable): \(error)")
        }
    }

    /// Variables with Aval's prefix that name no setting, each with a known one that is nearly the same.
    var unknownVariables: [(name: String, nearest: String?)] {
        let known = Setting.all.map(\.variable) + [SettingsFile.variable]
        return environment.keys.sorted()
            .filter { $0.hasPrefix("AVAL_") && !known.contains($0) && !Setting.isOfScripts($0) }
            .map { ($0, Setting.nearest(to: $0, among: known)) }
    }

    /// The value and where it comes from. Not checked.
    func raw(_ setting: Setting) -> (value: String?, source: Source) {
        if let value = environment[setting.variable], !value.isEmpty { return (value, .environment) }
        if let value = file[setting.key] { return (value, .file) }
        if let value = setting.standard { return (value, .standard) }
        return (nil, .none)
    }

    /// What is wrong with a setting; nil when nothing is. A setting without a value is not wrong here.
    func problem(_ setting: Setting) -> String? {
        guard let value = raw(setting).value else { return nil }
        switch setting.kind {
        case .text, .secret: return nil
        case .postgres:
            let isRead = PostgresConnection.isConnectionString(value)
            return isRead ? nil : "must be PostgreSQL's, such as postgresql://user:password@host:5432/database"
        case .redis:
            do { _ = try RedisAddress(url: value) } catch { return "\(error)" }
            return nil
        case .choice(let choices):
            return choices.contains(value) ? nil : "must be one of \(choices.joined(separator: ", "))"
        case .number(let range):
            guard let number = Int(value), range.contains(number) else {
                return "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
            return nil
        }
    }

    /// - Throws: `Problem` that names the setting, when it is not set or wrong.
    func text(_ setting: Setting) throws -> String {
        guard let value = raw(setting).value else {
            throw Problem(description: "\(setting.variable) is not set: \(setting.help)")
        }
        if let problem = problem(setting) { throw Problem(description: "\(setting.variable) \(problem)") }
        return value
    }

    func number(_ setting: Setting) throws -> Int {
        guard let number = Int(try text(setting)) else {
            preconditionFailure("only settings of kind number are read as numbers")
        }
        return number
    }

    func milliseconds(_ setting: Setting) throws -> Duration { .milliseconds(try number(setting)) }
}

extension Setting {
    var isSecret: Bool {
        switch kind {
        case .secret, .postgres, .redis: true
        case .text, .choice, .number: false
        }
    }
}
