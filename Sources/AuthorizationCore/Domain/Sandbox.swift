/// What makes a program one to try things out in: its payments are played, no network's message moves its money, and
/// its accounts live by a clock that can be put ahead.
package struct Sandbox: Hashable, Sendable {
    /// Names the network that is played; a real one cannot be called so.
    package static let network = "sandbox"
    /// Ten years of 365 days.
    package static let clockOffsets: ClosedRange<Int64> = 0...315_360_000

    /// How far the clock of its accounts is ahead, in seconds. Only ever grows.
    package var clockOffset: Int64

    package init(clockOffset: Int64 = 0) { self.clockOffset = clockOffset }
}

extension Program {
    /// What the clock of its accounts shows at a time: another one in a sandbox alone.
    package func clock(at time: Instant) -> Instant {
        guard let sandbox else { return time }
        return time + .seconds(sandbox.clockOffset)
    }

    /// The time at which the clock of its accounts shows this.
    package func time(by clock: Instant) -> Instant {
        guard let sandbox else { return clock }
        return clock - .seconds(sandbox.clockOffset)
    }

    /// Whether messages of the network may decide on its cards: in a sandbox those that are played and no others,
    /// elsewhere all but those. What a client asks for itself comes from no network.
    func isReached(from network: String) -> Bool {
        network.isEmpty || (network == Sandbox.network) == (sandbox != nil)
    }
}
