import CardCryptography
import Foundation
import Testing

@testable import Service

@Suite struct `A key file` {
    /// Wraps, and does not bring back what it has wrapped.
    private struct Forgetful: KeyWrapping {
        var returned: SecretBytes?

        func wrap(_ key: SecretBytes) throws(PaymentCryptographyError) -> [UInt8] {
            [UInt8](repeating: 7, count: WrappedKey.length)
        }

        func unwrap(_ wrapped: [UInt8]) throws(PaymentCryptographyError) -> SecretBytes {
            guard let returned else { throw .unavailable }
            return returned
        }
    }

    @Test func `stays in clear unless its master key brings it back`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        let path = folder.appendingPathComponent("a.key").path
        let clear = Data(String(repeating: "5A", count: 32).utf8)
        try clear.write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let key = [UInt8](repeating: 0x5A, count: 32)
        for returned in [nil, SecretBytes(key.reversed().dropLast() + [0]), SecretBytes(key.dropLast())] {
            #expect(throws: Settings.Problem.self) {
                try KeyFiles.wrap("a", in: folder.path, under: Forgetful(returned: returned))
            }
            #expect(FileManager.default.contents(atPath: path) == clear)
        }
        #expect(try KeyFiles.wrap("a", in: folder.path, under: Forgetful(returned: SecretBytes(key))))
        #expect(FileManager.default.contents(atPath: path) == Data((String(repeating: "07", count: 40) + "\n").utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.key"])
    }

    @Test func `that wraps the vault is read for itself while Aval serves, whatever is wrong with others`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        func write(_ text: String, _ name: String, mode: Int = 0o600) throws {
            let path = folder.appendingPathComponent("\(name).key").path
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        let key = String(repeating: "5A", count: 32)
        for name in ["vault-kek-1", "request-fingerprint", "cache-authentication"] { try write(key, name) }
        let files = try KeyFiles(directory: folder.path, under: nil)
        for (id, text, mode, problem) in [
            (2, nil, 0o600, "put it on this machine"), (3, "no key", 0o600, "must hold 64"),
            (4, key, 0o644, "may be read by others"), (5, key, 0o600, nil),
        ] as [(Int16, String?, Int, String?)] {
            if let text { try write(text, "vault-kek-\(id)", mode: mode) }
            let read = Result { try files.wrappingKey(id) }
            switch read {
            case .success(let key): #expect(problem == nil && key.bytes.count == 32)
            case .failure(let error): #expect("\(error)".contains(problem ?? "-"), "\(id): \(error)")
            }
        }
    }
}
