import ArgumentParser
import Foundation
import Logging
import PostgresLedger

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database to the schema that this build knows.",
        discussion: "Uses AVAL_DATABASE_OWNER_URL, and grants the role of AVAL_DATABASE_URL what serving needs."
    )

    func run() async throws {
        let (settings, _) = try await startUp()
        do {
            let serving = try settings.connection(.databaseURL)
            let migrator = try Migrator(
                directory: URL(fileURLWithPath: try settings.text(.migrationsDirectory)),
                servingRole: serving.user
            )
            let connection = try settings.connection(.ownerURL)
            let administration = Administration(connection)
            let author = try settings.maintainer(administration)
            let applied = try migrator.migrate(connection)
            for name in applied {
                announce("applied \(name)")
                if let author { try administration.recordAction(.migrate, name, "", by: author) }
            }
            if applied.isEmpty { announce("the schema is up to date") }
        } catch {
            throw fail(ownersProblem(error))
        }
    }
}

/// What went wrong for a command that needs the schema's owner, who alone may all that it does.
func ownersProblem(_ error: any Error) -> String {
    guard case PostgresError.refused(PostgresError.insufficientPrivilege, _) = error else { return "\(error)" }
    return notOwner
}

let notOwner = "\(Setting.ownerURL.variable) is not of the role that owns the schema"

struct PartitionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partitions",
        abstract: """
            Make daily partitions ahead of time, fold internal accounts, keep snapshots, and drop old messages, \
            idempotency keys, unused reveal tokens and batches of cards, until SIGINT.
            """,
        discussion: "Uses AVAL_DATABASE_OWNER_URL. Run one beside each installation."
    )

    @Option(help: "Days to be ahead, 1 to 60.")
    var days: Int32 = 14

    @Flag(help: "Make what is missing, and end.")
    var once = false

    func validate() throws {
        guard (1...60).contains(days) else { throw ValidationError("--days must be 1 to 60") }
    }

    func run() async throws {
        let (settings, logger) = try await startUp()
        var isFirst = true
        while true {
            var isComplete = true
            do {
                try serveLedger(settings)
                isComplete = dropOld(settings, logger)
            } catch {
                // Later rounds go on: there are days in hand.
                guard !isFirst else { throw fail(ownersProblem(error)) }
                logger.error("maintenance failed, and is tried again in an hour", metadata: ["problem": "\(error)"])
            }
            if once {
                guard isComplete else { throw ExitCode.failure }
                return
            }
            isFirst = false
            try await Task.sleep(for: .seconds(3_600))
        }
    }

    /// What payments cannot do without, and what keeps verification and replay short.
    private func serveLedger(_ settings: Settings) throws {
        let connection = try settings.connection(.ownerURL)
        let administration = Administration(connection)
        let author = try settings.maintainer(administration)
        let made = try administration.makePartitions(days: days)
        if made > 0 {
            announce("made \(made) partitions")
            if let author {
                try administration.recordAction(
                    .makePartitions,
                    "\(made) partitions",
                    "\(days) days ahead",
                    by: author
                )
            }
        }
        _ = try InternalCheckpoints(connection).fold()
        _ = try SnapshotWriter(connection).makeMissing()
    }

    /// After the rest, and no failure of it: nothing depends on what is gone.
    private func dropOld(_ settings: Settings, _ logger: Logger) -> Bool {
        [
            drop("days of messages", settings, logger) {
                try MessagePartitions($0).drop(keepingDays: Int32(try settings.number(.messageDays)))
            },
            drop("idempotency keys", settings, logger) { try OldClientKeys($0).delete() },
            drop("unused reveal tokens", settings, logger) { try UnusedReveals($0).delete() },
            drop("batches of cards", settings, logger) { try OldCardBatches($0).delete() },
        ].allSatisfy(\.self)
    }

    /// On a connection of its own.
    private func drop(
        _ what: String,
        _ settings: Settings,
        _ logger: Logger,
        _ drop: (PostgresConnection) throws -> some BinaryInteger
    ) -> Bool {
        do {
            let count = try drop(try settings.connection(.ownerURL))
            if count > 0 { announce("dropped \(count) \(what)") }
            return true
        } catch {
            logger.error("old \(what) could not be dropped, and stay for now", metadata: ["problem": "\(error)"])
            return false
        }
    }
}
