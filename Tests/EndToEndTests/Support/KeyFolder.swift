import ChildProcess
import Foundation
import TestSupport

/// A copy of the keys in clear, and a token of SoftHSM 2 beside them; goes away with what is in it.
final class KeyFolder {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("aval-keys-\(UUID().uuidString)")
    var keys: String { url.appendingPathComponent("keys").path }

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        let clear = try TestEnvironment.value("AVAL_TEST_KEYS_DIRECTORY")
        try FileManager.default.copyItem(atPath: clear, toPath: keys)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ text: String, _ name: String) throws -> String {
        let path = url.appendingPathComponent(name).path
        let isMade = FileManager.default.createFile(
            atPath: path,
            contents: Data(text.utf8),
            attributes: [.posixPermissions: 0o600]
        )
        guard isMade else { throw AvalProcess.Problem(description: "cannot write \(path)") }
        return path
    }

    func lengths() throws -> Set<Int> {
        Set(
            try FileManager.default.contentsOfDirectory(atPath: keys)
                .map { try String(contentsOfFile: "\(keys)/\($0)", encoding: .utf8).count }
        )
    }

    /// Settings of a new token.
    func token() throws -> [String: String] {
        // Of its own: SoftHSM takes each folder in it for a token.
        let tokens = url.appendingPathComponent("tokens")
        try FileManager.default.createDirectory(at: tokens, withIntermediateDirectories: false)
        let configuration = try write("directories.tokendir = \(tokens.path)\nlog.level = ERROR\n", "softhsm2.conf")
        try ChildProcess.run(
            "/usr/bin/softhsm2-util",
            ["--init-token", "--free", "--label", "aval", "--so-pin", "314159", "--pin", "271828"],
            environment: ["SOFTHSM2_CONF": configuration]
        )
        return [
            "SOFTHSM2_CONF": configuration, "AVAL_HSM_MODULE": "/usr/lib/softhsm/libsofthsm2.so",
            "AVAL_HSM_TOKEN": "aval", "AVAL_HSM_PIN_FILE": try write("271828\n", "pin"),
            "AVAL_KEYS_DIRECTORY": keys,
        ]
    }
}
