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
            let applied = try migrator.migrate(try settings.connection(.ownerURL))
            for name in applied {
                announce("applied \(name)")
                try settings.recordMaintenance(.migrate, name, "")
            }
            if applied.isEmpty { announce("the schema is up to date") }
        } catch {
            throw fail("\(error)")
        }
    }
}

struct PartitionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partitions",
        abstract: """
            Make daily partitions ahead of time, drop old messages, fold internal accounts and keep snapshots, until \
            SIGINT.
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
            do {
                let connection = try settings.connection(.ownerURL)
                let made = try Administration(connection).makePartitions(days: days)
                if made > 0 {
                    announce("made \(made) partitions")
                    try settings.recordMaintenance(.makePartitions, "\(made) partitions", "\(days) days ahead")
                }
                let days = Int32(try settings.number(.messageDays))
                let dropped = try MessagePartitions(connection).drop(keepingDays: days)
                if dropped > 0 { announce("dropped \(dropped) days of messages") }
                _ = try InternalCheckpoints(connection).fold()
                _ = try SnapshotWriter(connection).makeMissing()
                if once { return }
            } catch {
                // Later rounds go on: there are days in hand.
                guard !isFirst else { throw fail("\(error)") }
                logger.error("maintenance failed, and is tried again in an hour", metadata: ["problem": "\(error)"])
            }
            isFirst = false
            try await Task.sleep(for: .seconds(3_600))
        }
    }
}
