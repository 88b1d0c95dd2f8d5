import AuthorizationCore
import NIOCore
import NIOPosix
import Synchronization

/// Looks up hosts on threads of its own: the system's lookup blocks for as long as a name server is silent, which nobody
/// else may wait for. A tenant has a few threads at once, and each caller waits for a while only.
final class HostLookup: Sendable {
    /// The address of a host, as text. Blocks.
    typealias Resolver = @Sendable (_ host: String, _ port: Int) throws -> String?

    private static let mostOfTenant = 2
    private static let pause = Duration.milliseconds(20)
    /// As long as the process. More than a handful of tenants can take.
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 16)
        pool.start()
        return pool
    }()

    private let limit: Duration
    private let resolve: Resolver
    private let underWay = Mutex<[TenantID: Int]>([:])

    /// - Parameter limit: of a lookup, with all waiting before it; far below the lease of an endpoint.
    init(
        limit: Duration = .seconds(5),
        resolve: @escaping Resolver = { try SocketAddress.makeAddressResolvingHost($0, port: $1).ipAddress }
    ) {
        self.limit = limit
        self.resolve = resolve
    }

    /// Nil when the host has no address, or none is known in time.
    func address(of host: String, port: Int, for tenant: TenantID) async -> String? {
        let end = ContinuousClock.now + limit
        while !begin(tenant) {
            guard .now < end, (try? await Task.sleep(for: Self.pause)) != nil else { return nil }
        }
        let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: String?.self)
        let left = TimeAmount(max(end - .now, .zero))
        let timer = promise.futureResult.eventLoop.scheduleTask(in: left) { promise.succeed(nil) }
        // What goes on after the time still counts as the tenant's.
        Self.threads.submit { [self] _ in
            let found = .now < end ? try? resolve(host, port) : nil
            finish(tenant)
            promise.succeed(found)
        }
        defer { timer.cancel() }
        return try? await promise.futureResult.get()
    }

    private func begin(_ tenant: TenantID) -> Bool {
        underWay.withLock { underWay in
            guard underWay[tenant, default: 0] < Self.mostOfTenant else { return false }
            underWay[tenant, default: 0] += 1
            return true
        }
    }

    private func finish(_ tenant: TenantID) {
        underWay.withLock { underWay in
            let left = underWay[tenant, default: 0] - 1
            underWay[tenant] = left > 0 ? left : nil
        }
    }
}
