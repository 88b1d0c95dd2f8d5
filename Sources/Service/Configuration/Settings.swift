import Configuration
import Foundation
import SystemPackage

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

    private let environment: ConfigReader
    private let file: ConfigReader?

    /// Reads the environment, and the JSON file that `AVAL_CONFIG_FILE` names, if it does.
    static func load() async throws -> Settings {
        let environment = ConfigReader(provider: EnvironmentVariablesProvider()).scoped(to: "aval")
        guard let path = environment.string(forKey: "config.file") else {
            return Settings(environment: environment, file: nil)
        }
        do {
            let provider = try await FileProvider<JSONSnapshot>(filePath: FilePath(path))
            return Settings(environment: environment, file: ConfigReader(provider: provider))
        } catch {
            throw Problem(description: "AVAL_CONFIG_FILE: \(path) is not a JSON file that can be read: \(error)")
        }
    }

    /// The value and where it comes from. Not checked.
    func raw(_ setting: Setting) -> (value: String?, source: Source) {
        let key = ConfigKey(setting.key)
        if let value = environment.string(forKey: key, isSecret: setting.isSecret), !value.isEmpty {
            return (value, .environment)
        }
        if let file, let value = Self.text(file, key, setting) { return (value, .file) }
        if let value = setting.standard { return (value, .standard) }
        return (nil, .none)
    }

    /// What is wrong with a setting; nil when nothing is. A setting without a value is not wrong here.
    func problem(_ setting: Setting) -> String? {
        guard let value = raw(setting).value else { return nil }
        switch setting.kind {
        case .text, .secret: return nil
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

    /// JSON files hold numbers as numbers.
    private static func text(_ file: ConfigReader, _ key: ConfigKey, _ setting: Setting) -> String? {
        if case .number = setting.kind, let number = file.int(forKey: key) { return String(number) }
        return file.string(forKey: key, isSecret: setting.isSecret)
    }
}

extension Setting {
    var isSecret: Bool {
        switch kind {
        case .secret: true
        case .text, .choice, .number: false
        }
    }
}
