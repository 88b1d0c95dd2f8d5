import Foundation

/// An installation with two operators who bring components of keys. Components and check values were computed apart,
/// with OpenSSL.
struct KeyWorld {
    static let key = "0123456789ABCDEFFEDCBA9876543210"
    static let checkValue = "08D7B4"
    static let parts = [
        (digits: "A1B2C3D4E5F60718293A4B5C6D7E8F90", checkValue: "76CDB5"),
        (digits: "A09186B36C5DCAF7D7E6F1C41B2ABD80", checkValue: "781F35"),
    ]

    /// The same key of three.
    static let threeParts = [
        parts[0], (digits: "3C5A96E10F2D4B78879B1E2F60C4D135", checkValue: "07A30C"),
        (digits: "9CCB10526370818F507DEFEB7BEE6CB5", checkValue: "C35826"),
    ]

    let administered: Administered
    let ada: String
    let bob: String
    private let settings: [String: String]

    /// - Parameter settings: of the commands for keys, such as a token's.
    init(_ installation: AvalProcess.Installation? = nil, settings: [String: String] = [:]) throws {
        self.settings = settings
        administered = try Administered(installation)
        ada = try administered.addOperator("ada", "operator")
        bob = try administered.addOperator("bob", "operator")
    }

    /// - Parameter key: of an operator; nil for ada's.
    func keys(
        _ arguments: String...,
        by key: String? = nil,
        input: String? = nil
    ) throws -> (status: Int32, output: String, errors: String) {
        try keys(arguments, by: key, input: input)
    }

    func keys(
        _ arguments: [String],
        by key: String? = nil,
        input: String? = nil
    ) throws -> (status: Int32, output: String, errors: String) {
        try AvalProcess.command(
            ["keys"] + arguments,
            on: administered.installation.database,
            settings: settings.merging(["AVAL_OPERATOR_KEY": key ?? ada]) { $1 },
            input: input
        )
    }

    func bringPart(
        _ index: Int,
        from parts: [(digits: String, checkValue: String)] = parts,
        of name: String,
        usage: String,
        by key: String,
        program: String? = nil,
        network: String = "test",
        checkValue: String? = nil
    ) throws -> (status: Int32, output: String, errors: String) {
        let part = parts[index]
        let owner = program.map { ["--program", $0] } ?? ["--network", network]
        return try keys(
            ["import", name, "--usage", usage] + owner + ["--algorithm", "tdes", "--components", "\(parts.count)"]
                + ["--component", "-", "--component-check-value", checkValue ?? part.checkValue]
                + ["--check-value", Self.checkValue],
            by: key,
            input: part.digits + "\n"
        )
    }

    /// The whole way of a key from its components.
    ///
    /// - Parameters:
    ///   - program: whose it is; nil for a network's.
    ///   - network: whose it is without a program.
    func importParts(of name: String, usage: String, program: String? = nil, network: String = "test") throws {
        let ended = [
            try bringPart(0, of: name, usage: usage, by: ada, program: program, network: network),
            try bringPart(1, of: name, usage: usage, by: bob, program: program, network: network),
            try keys("approve", name, "--check-value", Self.checkValue, by: bob),
        ]
        guard ended.allSatisfy({ $0.status == 0 }) else { throw AvalProcess.Problem(description: "\(ended)") }
    }

    /// States of the versions of a key, the newest first.
    func states(_ name: String) throws -> [String] {
        try keys("show", name).output.split(separator: "\n").map { line in
            line.components(separatedBy: "  ").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }[2]
        }
    }

    /// A key in a TR-31 block.
    ///
    /// - Parameters:
    ///   - usage: of authentication codes, if not told otherwise.
    ///   - mode: of use.
    func block(of key: String, under protection: String, usage: String = "M3", mode: String = "C") throws -> String {
        let made = try AvalProcess.command(
            [
                "calc", "wrap", "version=B", "kbpk=\(protection)", "key_usage=\(usage)", "mode_of_use=\(mode)",
                "exportability=N", "algorithm=T", "key=\(key)",
            ],
            on: administered.installation.database,
            settings: AvalProcess.withoutDatabase
        )
        let digits = made.output.split(separator: "\n").last?.split(whereSeparator: { " =\"".contains($0) }).last
        guard let digits, made.status == 0 else { throw AvalProcess.Problem(description: "no block: \(made)") }
        return String(digits)
    }
}
