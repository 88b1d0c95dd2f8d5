import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import PostgresLedger

struct VaultCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vault",
        abstract: "The keys that card numbers are kept and found with.",
        discussion: """
            They are in the database, wrapped by the newest vault-kek-N.key of AVAL_KEYS_DIRECTORY. A rotation runs while \
            Aval serves; one that was interrupted goes on with the same command. It uses AVAL_DATABASE_OWNER_URL. Once \
            there is an operator, AVAL_OPERATOR_KEY must be the key of an administrator.
            """,
        subcommands: [Status.self, Rotate.self]
    )
}

extension VaultCommand {
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status",
            abstract: "List the keys: purpose, id, state, since, the key that wraps them, cards that need them."
        )

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                // Counting may take a while.
                let connection = try VaultRotation.connection(url: try settings.text(.databaseURL))
                try Migrator.checkVersion(connection)
                let rows = try Administration(connection).vaultKeys().map { key in
                    [
                        key.record.name.purpose.name, "\(key.record.name.id)", key.record.state.name,
                        key.record.stateSince.listed, "vault-kek-\(key.record.wrappedBy)", "\(key.cards) cards",
                    ]
                }
                announce(rows, orElse: "no keys: `aval serve` makes them")
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "Replace a key while Aval serves, or finish what was interrupted.",
            discussion: """
                kek wraps all keys by the newest vault-kek-N.key: put it on every machine before. data-key seals every \
                card's number anew; index-key gives every card another index. Both wait some seconds between their steps, \
                until every process knows, and erase the old key in the end.
                """
        )

        enum Target: String, CaseIterable, ExpressibleByArgument {
            case kek
            case dataKey = "data-key"
            case indexKey = "index-key"
        }

        @Argument(help: "kek, data-key or index-key.")
        var key: Target

        func run() async throws {
            let (settings, _) = try await startUp()
            let refusals = [
                "AV001": "somebody else changed the keys meanwhile: run it again",
                PostgresError.insufficientPrivilege: notOwner,
            ]
            try await reportingFailure(refusals: refusals) {
                let author = try settings.author(try settings.administration())
                let rotation = VaultRotation(
                    try VaultRotation.connection(url: try settings.text(.ownerURL)),
                    try KeyFiles.wrapping(
                        directory: try settings.text(.keysDirectory),
                        under: try settings.masterKey()
                    ),
                    author: author,
                    say: announce
                )
                switch key {
                case .kek: try rotation.rotateWrapping()
                case .dataKey: try rotation.rotate(.data)
                case .indexKey: try rotation.rotate(.index)
                }
            }
        }
    }
}
