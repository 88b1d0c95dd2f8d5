/// Messages in a row that a key of the network's was no good for, and what was asked because of them.
struct KeyFailures {
    var count = 0
    private var requests = 0
    private var nextRequest: ContinuousClock.Instant?

    /// After a message that a key was good for.
    var ended: KeyFailures {
        var ended = KeyFailures()
        ended.nextRequest = nextRequest
        return ended
    }

    /// Whether to ask for a new key, which counts as asked.
    mutating func mustAsk(_ rules: KeyRequestRules, _ now: ContinuousClock.Instant) -> Bool {
        guard count >= rules.failures, nextRequest.map({ $0 <= now }) ?? true else { return false }
        nextRequest = now + rules.repetition.wait(after: requests, 1)
        requests += 1
        return true
    }
}
