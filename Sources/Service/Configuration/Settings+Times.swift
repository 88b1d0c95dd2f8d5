import CardNetwork
import ISO8583

/// Time limits that must fit together.
extension Settings {
    /// What is wrong with the limits; nil when nothing is. Whoever waits for a decision must wait longer than the
    /// database may take to fail, or its failure would be told to nobody.
    func timeProblem(_ networks: [NetworkDefinition]) throws -> String? {
        let database = try milliseconds(.databaseTimeout)
        let waits =
            [(try milliseconds(.httpTimeout), Setting.httpTimeout.variable)]
            + networks.map {
                ($0.profile.dialect.answerTime, "the time in which the network \($0.profile.name) is answered")
            }
        guard let (limit, name) = waits.first(where: { $0.0 <= database }) else { return nil }
        return "\(Setting.databaseTimeout.variable) (\(database.wholeMilliseconds) ms) must be below "
            + "\(name) (\(limit.wholeMilliseconds) ms)"
    }
}

extension Duration {
    /// Rounded towards zero.
    var wholeMilliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
