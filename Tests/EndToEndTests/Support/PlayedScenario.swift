import Foundation
import Testing

/// What `aval network-sim` made of a scenario.
struct PlayedScenario {
    static let directory = "Tests/Scenarios/"

    var status: Int32
    var output: String
    var errors: String

    /// Plays a scenario, with its variables in a file that goes away. Their values are card numbers or keys, so that no
    /// report may have them.
    static func play(
        _ file: String,
        port: Int,
        on installation: AvalProcess.Installation,
        _ variables: [String: String] = [:],
        _ more: [String] = []
    ) throws -> PlayedScenario {
        var arguments = ["network-sim", "--scenario", file, "--endpoint", "127.0.0.1:\(port)"] + more
        let values = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: values) }
        if !variables.isEmpty {
            try Data(variables.map { "\($0): \"\($1)\"\n" }.joined().utf8).write(to: values)
            arguments += ["--variables", values.path]
        }
        let (status, output, errors) = try AvalProcess.command(arguments, on: installation.database)
        for value in variables.values { #expect(!(output + errors).contains(value)) }
        return PlayedScenario(status: status, output: output, errors: errors)
    }

    /// Starts a service on a file of networks, which is gone by the time it returns.
    static func serve(
        _ networks: String,
        on installation: AvalProcess.Installation,
        _ settings: [String: String] = [:]
    ) throws -> AvalProcess {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        try Data("networks:\n\(networks)\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try AvalProcess(installation, settings.merging(["AVAL_NETWORK_FILE": file.path]) { $1 })
    }

    /// A port that was free a moment ago.
    static func freePort() throws -> UInt16 { try NetworkPeer().port }
}
