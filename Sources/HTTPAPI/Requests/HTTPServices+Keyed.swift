import AuthorizationCore
import AuthorizationEngine

/// Changes that are stored once for each Idempotency-Key, beside those that the lanes make.
extension HTTPServices {
    /// The stored answer to an earlier request with this key.
    func repeated(_ request: APIRequest, _ status: APIAnswer.Status) async throws -> APIAnswer? {
        guard let stored = try await storedAnswer(to: request) else { return nil }
        return APIAnswer(status: status, body: .encoded(stored), isReplayed: true)
    }

    /// Returns once no decision is taken by what a program was before.
    func waitUntilInForce() async throws {
        guard try await programs.waitUntilInForce(within: requestTimeout) else {
            throw Problem(
                .deadlineExceeded,
                "It is stored, but older transactions still run. Send it again with the same Idempotency-Key.",
                retryAfter: 1
            )
        }
    }

    /// - Parameter answer: what repeats are told.
    func keyed(_ request: APIRequest, _ answer: JSONOutput) throws -> KeyedAnswer {
        KeyedAnswer(
            by: request.actor,
            request: try request.clientRequest(key: fingerprintKey),
            answer: answer.bytes
        )
    }

    /// - Parameter refused: what is told when the change could not be made.
    func answer(
        _ outcome: WriteOutcome,
        _ request: APIRequest,
        _ answer: APIAnswer,
        refused: Problem
    ) async throws -> APIAnswer {
        switch outcome {
        case .stored: return answer
        case .refused:
            // By what the first request did, where this one is its repeat and waited for it.
            if let stored = try await repeated(request, answer.status) { return stored }
            throw refused
        case .keyTaken:
            // Another process was faster; what it stored is there now.
            guard let stored = try await repeated(request, answer.status) else { throw Problem.ledgerUnavailable }
            return stored
        }
    }
}
