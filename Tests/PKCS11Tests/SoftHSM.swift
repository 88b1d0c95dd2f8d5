import CardCryptography
import ChildProcess
import Foundation
import PKCS11

/// A token of SoftHSM 2 in a temporary directory. The module has one configuration for the whole process.
enum SoftHSM {
    static let module = "/usr/lib/softhsm/libsofthsm2.so"
    static let pin = "271828"

    struct Failure: Error {}

    private static let directory: Result<URL, any Error> = Result {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("aval-token-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        let configuration = directory.appendingPathComponent("softhsm2.conf")
        try Data("directories.tokendir = \(directory.path)\nlog.level = ERROR\n".utf8).write(to: configuration)
        setenv("SOFTHSM2_CONF", configuration.path, 1)
        path = strdup(directory.path)
        atexit {
            if let path = SoftHSM.path { try? FileManager.default.removeItem(atPath: String(cString: path)) }
        }
        try makeToken()
        return directory
    }

    // Written once, before the exit that reads it.
    private nonisolated(unsafe) static var path: UnsafeMutablePointer<CChar>?

    private static func makeToken() throws {
        try ChildProcess.run(
            "/usr/bin/softhsm2-util",
            ["--init-token", "--free", "--label", "aval", "--so-pin", "314159", "--pin", pin]
        )
    }

    static func token(label: String = "aval", pin: String = pin) throws -> PKCS11Token {
        _ = try directory.get()
        return try PKCS11Token(module: module, label: label, pin: SecretBytes(Array(pin.utf8)))
    }
}
