import AuthorizationCore
import AuthorizationEngine
import Synchronization

/// Bodies beyond the usual size are in memory few at a time: one that was read takes many times its bytes.
final class LargeBodies: Sendable {
    /// In a process. With ``JSONParser/mostValues`` of each they stay below some hundred megabytes.
    static let most = 6
    /// A place is taken before the body has come: no tenant keeps all others out by sending slowly.
    static let mostOfTenant = 2

    private let taken = Mutex(Places())

    /// - Throws: `Problem` 503 when as many are there, of the tenant or of all.
    func run<Result>(
        _ operation: APIOperation,
        of tenant: TenantID,
        _ body: () async throws -> Result
    ) async throws -> Result {
        guard operation.largestBody > BodyReading.usualSize else { return try await body() }
        guard taken.withLock({ $0.take(tenant, most: Self.most, ofTenant: Self.mostOfTenant) }) else {
            throw Problem.tooManyAtOnce("Nothing was changed. Send the request again later.")
        }
        defer { taken.withLock { $0.leave(tenant) } }
        return try await body()
    }
}
