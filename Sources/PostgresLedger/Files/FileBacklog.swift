/// What a network has not acknowledged of hot cards yet.
package struct FileBacklog: Sendable {
    package var network: String
    package var entries: Int64
    /// Since the oldest one is wanted; 0 without any.
    package var oldestSeconds: Int64

    /// One row for each network that takes file updates.
    static let statement = Statement(
        "file_backlogs",
        """
        SELECT n.name, count(f.network),
            greatest(0, floor(coalesce(extract(epoch FROM now() - min(f.wanted_at)), 0)))::int8
        FROM file_networks n LEFT JOIN file_entries f ON f.network = n.name AND \(FileColumns.isPending)
        GROUP BY n.name ORDER BY n.name
        """
    )

    static func read(_ row: inout RowReader) throws(PostgresError) -> FileBacklog {
        FileBacklog(network: try row.text(), entries: try row.int64(), oldestSeconds: try row.int64())
    }

    /// Prometheus text, exposition format 0.0.4.
    static func lines(_ backlogs: [FileBacklog]) -> [String] {
        let waiting = "aval_network_file_entries_waiting", oldest = "aval_network_file_entry_oldest_seconds"
        return ["# HELP \(waiting) Cards whose status a network has not acknowledged yet.", "# TYPE \(waiting) gauge"]
            + backlogs.map { "\(waiting){network=\"\($0.network)\"} \($0.entries)" }
            + ["# HELP \(oldest) How long the oldest of them has waited; 0 when none does.", "# TYPE \(oldest) gauge"]
            + backlogs.map { "\(oldest){network=\"\($0.network)\"} \($0.oldestSeconds)" }
    }
}
