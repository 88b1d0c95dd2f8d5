import Synchronization

/// Bodies beyond the usual size are in memory few at a time: one that was read takes many times its bytes.
final class LargeBodies: Sendable {
    /// In a process. With ``JSONParser/mostValues`` of each they stay below some hundred megabytes.
    static let most = 4

    private let taken = Mutex(0)

    /// - Throws: `Problem` 503 when as many are there.
    func run<Result>(_ operation: APIOperation, _ body: () async throws -> Result) async throws -> Result {
        guard operation.largestBody > BodyReading.usualSize else { return try await body() }
        let hasPlace = taken.withLock { taken in
            guard taken < Self.most else { return false }
            taken += 1
            return true
        }
        guard hasPlace else {
            throw Problem(.overloaded, "Nothing was changed. Send the request again later.", retryAfter: 1)
        }
        defer { taken.withLock { $0 -= 1 } }
        return try await body()
    }
}
