import AuthorizationEngine

extension ConnectionThread {
    /// Writes a change and the answer that its repeats get in one transaction.
    ///
    /// - Parameter calls: raise AV001 where the change cannot be made.
    func write(_ calls: [Call], _ keyed: KeyedAnswer) async throws -> WriteOutcome {
        let calls = calls + (keyed.request.map { [Administration.request($0, keyed.answer)] } ?? [])
        return try await run { connection in
            do {
                _ = try connection.run(calls)
                return .stored
            } catch let error as PostgresError where error.isTakenKey {
                return .keyTaken
            } catch PostgresError.refused(sqlState: "AV001", _) {
                return .refused
            }
        }
    }
}
