import CardCryptography
import ChildProcess
import Foundation
import Testing

/// What is encrypted to a certificate, opened with OpenSSL.
@Suite struct EncryptionCertificateTests {
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("aval-\(UUID().uuidString)")

        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false) }

        deinit { try? FileManager.default.removeItem(at: url) }

        func path(_ name: String) -> String { url.appendingPathComponent(name).path }

        func openSSL(_ arguments: [String]) throws { try ChildProcess.run("/usr/bin/openssl", arguments) }

        /// A certificate of its own making.
        ///
        /// - Parameter days: for which it is made once more; negative ones are over.
        func certificate(_ key: [String], _ more: [String] = [], days: Int? = nil) throws -> [UInt8] {
            try openSSL(
                ["req", "-x509", "-nodes", "-subj", "/CN=Bureau", "-newkey"] + key
                    + ["-keyout", path("key"), "-out", path("certificate")] + more
            )
            if let days {
                try openSSL(
                    ["x509", "-in", path("certificate"), "-signkey", path("key"), "-days", "\(days)"]
                        + ["-out", path("certificate")]
                )
            }
            return try Array(Data(contentsOf: URL(fileURLWithPath: path("certificate"))))
        }
    }

    private static let curve = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]

    @Test(arguments: [["rsa:2048"], ["rsa:3072"], curve])
    func `its holder reads what was encrypted, and each time it is another message`(_ key: [String]) throws {
        let folder = try Folder()
        let certificate = try EncryptionCertificate(pem: try folder.certificate(key))
        let content = Data((0..<100_000).map { _ in UInt8.random(in: .min ... .max) })
        let message = try certificate.encrypt(SecretBytes(content))
        #expect(try certificate.encrypt(SecretBytes(content)) != message)
        #expect(Data(message).range(of: content.prefix(32)) == nil)
        try Data(message).write(to: URL(fileURLWithPath: folder.path("message")))
        try folder.openSSL(
            [
                "cms", "-decrypt", "-binary", "-inform", "DER", "-in", folder.path("message"), "-inkey",
                folder.path("key"),
            ]
                + ["-recip", folder.path("certificate"), "-out", folder.path("clear")]
        )
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("clear"))) == content)
        #expect(certificate.fingerprint.count == 32)
    }

    private static let refused: [(key: [String], more: [String], days: Int?, problem: CertificateProblem)] = [
        (["rsa:1024"], [], nil, .weakKey),
        (curve, ["-addext", "keyUsage=digitalSignature"], nil, .notForEncryption),
        (curve, [], -1, .notInForce),
    ]

    @Test(arguments: refused)
    func `a certificate that must not be encrypted to is refused`(
        _ row: (key: [String], more: [String], days: Int?, problem: CertificateProblem)
    ) throws {
        let pem = try Folder().certificate(row.key, row.more, days: row.days)
        #expect(throws: row.problem) { try EncryptionCertificate(pem: pem) }
    }

    @Test func `what is no certificate is told so`() {
        for text in ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            #expect(throws: CertificateProblem.unreadable) { try EncryptionCertificate(pem: Array(text.utf8)) }
        }
    }
}
