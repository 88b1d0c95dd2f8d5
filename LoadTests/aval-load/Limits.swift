import NIOCore

/// The bounds of a run.
enum Limits {
    /// How long answers are waited for once the last payment is sent: the longest time limit of a card network, and a
    /// little more.
    static let drain = TimeAmount.seconds(10)
    /// How often the open loop looks for payments that are due. Late sending counts as latency, so this is well below
    /// the commit of one transaction.
    static let openLoopTick = TimeAmount.microseconds(500)
    /// The longest latency that is told apart from longer ones, in microseconds: the drain and a long run before it.
    static let latencyMicroseconds: UInt64 = 600_000_000
    /// An answer of the API above this is a mistake: an account with 16 balances needs 4 kB.
    static let answerBytes = 1 << 20
}
