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
}
