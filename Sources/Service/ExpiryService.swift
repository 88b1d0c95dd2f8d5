import AuthorizationEngine
import ServiceLifecycle

/// Looks once an hour for holds whose time has run out.
struct ExpiryService: Service {
    private static let interval = Duration.seconds(3_600)

    let expirer: HoldExpirer

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await expirer.walk()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}
