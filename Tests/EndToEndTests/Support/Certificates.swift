import ChildProcess
import Foundation

/// Certificates of an authority of the test's own, made with OpenSSL in a directory that goes with it.
final class Certificates {
    let directory: URL
    var roots: String { path("root.pem") }

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("aval-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        let subject = ["-subj", "/CN=Test root", "-days", "2", "-nodes"]
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        try run(["req", "-x509"] + key + subject + ["-keyout", path("root.key"), "-out", roots])
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    /// Makes NAME.pem and NAME.key.
    ///
    /// - Parameter subject: the name or address that the certificate is for.
    func make(_ name: String, for subject: String = "IP:127.0.0.1") throws {
        try Data("subjectAltName=\(subject)\n".utf8).write(to: directory.appendingPathComponent("names"))
        try run(
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)"]
                + ["-keyout", path("\(name).key"), "-out", path("\(name).csr")]
        )
        try run(
            ["x509", "-req", "-in", path("\(name).csr"), "-CA", roots, "-CAkey", path("root.key"), "-days", "2"]
                + ["-extfile", path("names"), "-out", path("\(name).pem")]
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path("\(name).key"))
    }

    private func run(_ arguments: [String]) throws { try ChildProcess.run("/usr/bin/openssl", arguments) }
}

/// A TLS client: `openssl s_client`, fed through a pipe.
final class TLSClient {
    private let process: ChildProcess

    /// - Parameter certificate: of `certificates`; nil presents none.
    init(port: Int, _ certificates: Certificates, certificate: String?, protocolOption: String? = nil) throws {
        var arguments = ["s_client", "-quiet", "-connect", "127.0.0.1:\(port)", "-CAfile", certificates.roots]
        arguments += ["-verify_return_error", "-verify_ip", "127.0.0.1"]
        if let certificate {
            arguments += [
                "-cert", certificates.path("\(certificate).pem"), "-key", certificates.path("\(certificate).key"),
            ]
        }
        if let protocolOption { arguments.append(protocolOption) }
        process = try ChildProcess("/usr/bin/openssl", arguments, input: .pipe)
    }

    func write(_ bytes: [UInt8]) throws { try process.write(bytes) }

    /// What has come once it is as many bytes, or five seconds have passed, or the connection has ended.
    func read(_ count: Int) -> [UInt8] {
        for _ in 0..<500 where process.output.count < count && process.isRunning { usleep(10_000) }
        return Array(process.output)
    }

    /// Whether the connection ends within five seconds.
    var ends: Bool { process.wait(.seconds(5)) != nil }
}
