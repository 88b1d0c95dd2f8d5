extension PostgresConnection {
    /// Deletes old rows, some in a transaction, so that nobody waits for it.
    ///
    /// - Parameter statement: takes the days and how many rows at most, and tells how many it deleted.
    /// - Returns: how many were deleted in all.
    func deleteInChunks(_ statement: Statement, keptDays: Int32) throws(PostgresError) -> Int64 {
        let chunk: Int64 = 1_000
        var total: Int64 = 0
        while true {
            let deleted =
                try run(Call(statement, [Parameter(keptDays), Parameter(chunk)]))
                .map { (row) throws(PostgresError) in try row.int64() }.first ?? 0
            total += deleted
            if deleted < chunk { return total }
        }
    }
}
