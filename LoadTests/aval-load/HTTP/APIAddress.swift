import ArgumentParser
import Foundation

/// Where the HTTP API is, and the key that it is used with.
struct APIAddress: Sendable {
    var host: String
    var port: Int
    var key: String

    /// - Parameters:
    ///   - url: such as `http://127.0.0.1:8080`, without a path.
    ///   - keyFile: holds the API key and nothing else but white space.
    init(url: String, keyFile: String) throws {
        guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host,
            ["", "/"].contains(parts.path)
        else { throw Problem("--url: expected http://HOST:PORT, not \(url)") }
        guard let content = FileManager.default.contents(atPath: keyFile) else {
            throw Problem("--api-key-file: cannot read \(keyFile)")
        }
        self.host = host
        port = parts.port ?? 80
        key = String(decoding: content, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Options of commands that need the HTTP API.
struct APIOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The HTTP API.", valueName: "http://host:port"))
    var url = "http://127.0.0.1:8080"

    @Option(help: "A file with the API key.")
    var apiKeyFile: String

    func address() throws -> APIAddress { try APIAddress(url: url, keyFile: apiKeyFile) }
}
