/// An installation with its first operator, an administrator called root.
struct Administered {
    let installation: AvalProcess.Installation
    let key: String

    init(_ installation: AvalProcess.Installation? = nil) throws {
        let installation = try installation ?? .make()
        self.installation = installation
        key = try Self.key(
            try AvalProcess.command(
                ["operator", "add", "root", "--role", "administrator"],
                on: installation.database
            )
        )
    }

    func aval(_ arguments: String..., key: String? = nil) throws -> (status: Int32, output: String, errors: String) {
        try AvalProcess.command(
            arguments,
            on: installation.database,
            settings: ["AVAL_OPERATOR_KEY": key ?? self.key, "AVAL_DATABASE_OWNER_URL": ""]
        )
    }

    func addOperator(_ name: String, _ role: String) throws -> String {
        try Self.key(try aval("operator", "add", name, "--role", role))
    }

    static func key(_ ended: (status: Int32, output: String, errors: String)) throws -> String {
        let line = ended.output.split(separator: "\n").first { $0.hasPrefix("export AVAL_") }
        guard ended.status == 0, let key = line?.split(separator: "=").last else {
            throw AvalProcess.Problem(description: "no key: \(ended.output)\(ended.errors)")
        }
        return String(key)
    }
}
