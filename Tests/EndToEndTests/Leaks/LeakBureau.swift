import ChildProcess
import Foundation

/// Whoever makes the cards, and the folder that orders are written to.
final class LeakBureau {
    private let world: LeakWorld
    private let certificates: Certificates
    private var folder: URL { certificates.directory.appendingPathComponent("orders") }

    init(_ world: LeakWorld) throws {
        self.world = world
        certificates = try Certificates()
        try certificates.make("bureau")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    }

    /// Orders a program's cards, has the file made again, and once where no file can be.
    ///
    /// - Returns: the file's lines of cards, and what the commands say.
    func order(_ program: String) throws -> (cards: [[String: Any]], told: [Data]) {
        let ordered = try run("order", "--program", program, "--out", path("first"))
        guard let number = ordered.output.firstMatch(of: /order ([0-9]+)/)?.output.1 else {
            throw AvalProcess.Problem(description: "no order: \(ordered)")
        }
        let others = [
            try run("file", String(number), "--out", path("again")),
            try run("file", String(number), "--out", path("missing/third")),
            try run("sent", String(number)), try run("list"),
        ]
        guard others.map(\.status) == [0, 1, 0, 0] else { throw AvalProcess.Problem(description: "\(others)") }
        let told = ([ordered] + others).map { Data(($0.output + $0.errors).utf8) }
        return (try read("again"), told)
    }

    /// All that the commands have left, of temporary files too.
    func files() throws -> [Data] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        guard names.count >= 2 else { throw AvalProcess.Problem(description: "no orders") }
        return names.compactMap { FileManager.default.contents(atPath: path($0)) }
    }

    private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    private func run(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
        try AvalProcess.command(
            ["bureau"] + arguments,
            on: world.installation.database,
            settings: [
                "AVAL_OPERATOR_KEY": world.keys.administered.key, "AVAL_LOG_LEVEL": "trace", "TMPDIR": folder.path,
                "AVAL_BUREAU_CERTIFICATE": certificates.path("bureau.pem"),
            ]
        )
    }

    private func read(_ file: String) throws -> [[String: Any]] {
        let clear = try ChildProcess.run(
            "/usr/bin/openssl",
            ["cms", "-decrypt", "-inform", "DER", "-in", path(file), "-recip", certificates.path("bureau.pem")]
                + ["-inkey", certificates.path("bureau.key")]
        )
        return try clear.split(separator: UInt8(ascii: "\n")).dropFirst().compactMap {
            try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any]
        }
    }
}
