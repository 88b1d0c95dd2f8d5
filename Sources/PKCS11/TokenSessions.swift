/// The session that there is, or that is made where there is none.
struct TokenSessions {
    private let pause: Duration
    private let open: @Sendable () throws -> PKCS11Session
    private let failed: @Sendable (any Error) -> Void
    private var session: PKCS11Session?
    private var nextTry = ContinuousClock.now

    init(
        pause: Duration,
        open: @escaping @Sendable () throws -> PKCS11Session,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        self.pause = pause
        self.open = open
        self.failed = failed
    }

    /// Nil when none can be made now.
    mutating func current() -> PKCS11Session? {
        if session == nil, nextTry <= .now {
            do {
                try renew()
            } catch {
                nextTry = .now + pause
                failed(error)
            }
        }
        return session
    }

    /// - Throws: what there is against one now.
    mutating func renew() throws { session = try open() }

    mutating func drop() { session = nil }
}
