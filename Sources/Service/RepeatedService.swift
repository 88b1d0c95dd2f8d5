import ServiceLifecycle

/// Does something at once and then again and again, until the group stops.
struct RepeatedService: Service {
    /// Between an end and the next beginning.
    let interval: Duration
    let action: @Sendable () async -> Void

    init(every interval: Duration, _ action: @escaping @Sendable () async -> Void) {
        self.interval = interval
        self.action = action
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await action()
                try? await Task.sleep(for: interval)
            }
        }
    }
}
