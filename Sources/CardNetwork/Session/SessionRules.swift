/// What the sessions of a network keep to.
package struct SessionRules: Sendable {
    /// Whether requests before a sign-on are refused.
    package var isSignOnRequired: Bool
    /// Whether we sign on when connected (0800 with 001), and off before we close.
    package var signsOn = false
    /// How long nothing may arrive before we ask for an echo; nil asks for none.
    package var echoInterval: Duration?
    /// How long the network may take for an answer to us, and for its part of a TLS handshake.
    package var answerTimeout: Duration = .seconds(10)
    /// Requests of one session that may wait for their answers at once. A network keeps far fewer.
    package var inFlightLimit = 2_048
    /// When to ask for a new key; nil: never.
    package var keyRequests: KeyRequestRules?

    package init(isSignOnRequired: Bool) { self.isSignOnRequired = isSignOnRequired }

    /// Room above the limit for what must be accepted: reversals and advices. When it is used up too, nothing is read.
    var reserve: Int { max(16, inFlightLimit / 8) }

    /// Messages that may wait for keys to be read: those of a busy session in the time of one reading and its pause.
    var heldLimit: Int { reserve }
}

/// A moment on both clocks: one to measure by, one to write into messages.
struct SessionTime {
    var instant: ContinuousClock.Instant
    /// DE 7 of a message sent now: MMDDhhmmss in UTC.
    var transmission: Int64
}

/// What the network's answer to a message of ours is matched by, beside the class of its MTI (ISO 8583 DE 7 and DE 11).
struct AnswerKey: Hashable {
    /// MMDDhhmmss; nil in an answer that does not echo it.
    var transmission: Int64?
    var trace: Int64

    /// Whether an answer with this key can be to a message with that one.
    func answers(_ asked: AnswerKey) -> Bool {
        trace == asked.trace && (transmission == nil || transmission == asked.transmission)
    }
}
