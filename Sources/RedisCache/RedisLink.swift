import Logging

/// A connection that is made when it is needed. After a failure Redis is left alone for a while. Used by one thread.
struct RedisLink {
    private static let pause = Duration.seconds(1)

    private let address: RedisAddress
    private let timeout: Duration
    private let logger: Logger
    /// What is logged of a failure.
    private let consequence: Logger.Message
    private var connection: RedisConnection?
    private var pausedUntil = ContinuousClock.now

    init(_ address: RedisAddress, timeout: Duration, logger: Logger, whenAway consequence: Logger.Message) {
        self.address = address
        self.timeout = timeout
        self.logger = logger
        self.consequence = consequence
    }

    /// Does nothing during the pause.
    mutating func use(_ body: (RedisConnection) throws(RedisError) -> Void) {
        do throws(RedisError) {
            if connection == nil, ContinuousClock.now >= pausedUntil {
                connection = try RedisConnection(address, timeout: timeout)
            }
            if let connection { try body(connection) }
        } catch {
            connection = nil
            pausedUntil = .now + Self.pause
            logger.warning(consequence, metadata: ["problem": "\(error)"])
        }
    }
}
