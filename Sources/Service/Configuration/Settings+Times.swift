import AuthorizationCore
import CardNetwork
import ISO8583

/// Time limits that must fit together.
extension Settings {
    /// How long a network may wait for an answer: the sweep after a crash looks for answers that were under way no
    /// further back.
    private static let longestDeadline: Duration = .seconds(60)

    /// What is wrong with the limits; nil when nothing is.
    func timeProblem(_ networks: [NetworkDefinition]) throws -> String? {
        let stop = try milliseconds(.stopTimeout)
        return try databaseProblem(networks) ?? networks.lazy.compactMap { Self.problem($0, stop: stop) }.first
    }

    /// Whoever waits for a decision must wait longer than the database may take to fail, or its failure would be told
    /// to nobody.
    private func databaseProblem(_ networks: [NetworkDefinition]) throws -> String? {
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

    /// - Parameter stop: the longest stop, in which a sign-off must find its answer or give up.
    static func problem(_ network: NetworkDefinition, stop: Duration) -> String? {
        let (profile, rules) = (network.profile, network.server.rules)
        if profile.dialect.deadline > longestDeadline {
            return "the network \(profile.name) waits \(profile.dialect.deadline.wholeMilliseconds) ms for an answer; "
                + "at most \(longestDeadline.wholeMilliseconds) ms are possible"
        }
        guard rules.signsOn, rules.answerTimeout >= stop else { return nil }
        return "answer_timeout_ms of the network \(profile.name) (\(rules.answerTimeout.wholeMilliseconds) ms) must be "
            + "below \(Setting.stopTimeout.variable) (\(stop.wholeMilliseconds) ms)"
    }
}
