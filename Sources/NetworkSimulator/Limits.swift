/// Every bound of this module, in one place.
enum Limits {
    /// Bytes of a scenario or of a file of variables; a hundred steps take less than 20 KiB.
    static let fileBytes = 1 << 18

    static let steps = 1_000
    static let variables = 500
    /// Conversations of one mix.
    static let conversations = 64
    /// Messages of one conversation.
    static let conversationSteps = 32
    /// Conversations of one step of traffic. What is kept of each is eight bytes
    /// for each latency, and of those that wait in vain see `forgotten`.
    static let trafficCount = 1_000_000
    /// Messages without an answer that are kept after their conversation.
    static let forgotten = 10_000
    static let inFlight = 4_096
    /// Conversations a second.
    static let rate = 100_000

    /// Milliseconds of a wait, or of patience for an answer.
    static let milliseconds = 0...600_000
    /// Seconds by which a scenario moves its clock: 400 days, more than an authorization lives.
    static let clockSeconds = 1...34_560_000

    /// Frames of garbage, and bytes of one.
    static let garbageFrames = 1...100_000
    static let garbageBytes = 1...8_192
    /// Bytes of garbage that one step may make; they are made at once.
    static let garbageTotal = 1 << 26

    /// Messages of the issuer's own that are kept until a step takes them; older ones are forgotten.
    static let requests = 1_000

    /// Failed examples that a report keeps of one expectation.
    static let examples = 5
}
