import CardNetwork
import ISO8583

/// A card network as it is configured.
struct NetworkDefinition: Sendable {
    var profile: NetworkProfile
    var server: NetworkServer.Settings
    /// Where it is configured.
    var setting: Setting
}

extension Settings {
    /// The networks of the file that `network.file` names; without it, the one test network at `network.port`.
    func networks() throws -> [NetworkDefinition] {
        guard let path = raw(.networkFile).value else { return [try testNetwork()] }
        do {
            return try NetworkFile.load(path)
        } catch {
            throw Problem(description: "\(Setting.networkFile.variable): \(error)")
        }
    }

    private func testNetwork() throws -> NetworkDefinition {
        let bitmap: BitmapEncoding = try text(.networkBitmap) == "hex" ? .hexASCII : .binary
        let profile = NetworkProfile.iso87(bitmap: bitmap)
        var server = NetworkServer.Settings(rules: SessionRules(isSignOnRequired: profile.dialect.isSignOnRequired))
        server.listeners = [NetworkEndpoint(host: try text(.networkHost), port: try number(.networkPort))]
        return NetworkDefinition(profile: profile, server: server, setting: .networkPort)
    }
}
