/// What a session remembers, as a value: who may send what, and how many requests wait for their answers. Time and
/// sockets are elsewhere.
struct SessionState {
    /// Requests of one session that may wait for their answers at once. A network keeps far fewer.
    static let inFlightLimit = 2_048

    private let isSignOnRequired: Bool
    private(set) var isSignedOn = false
    private(set) var isDraining = false
    private(set) var inFlightCount = 0

    init(isSignOnRequired: Bool) { self.isSignOnRequired = isSignOnRequired }

    /// Whether the connection can be closed without losing an answer.
    var isDrained: Bool { isDraining && inFlightCount == 0 }

    mutating func managed(_ code: ManagementCode) {
        switch code {
        case .signOn: isSignedOn = true
        case .signOff: isSignedOn = false
        case .echo: break
        }
    }

    /// Whether to decide a request; refused when too many are in flight, or the network has not signed on. A repeat
    /// is taken like any other: its account's lane has the answer.
    ///
    /// - Parameter mustBeAccepted: reversals are taken also before sign-on.
    mutating func takes(mustBeAccepted: Bool) -> Bool {
        guard mustBeAccepted || isSignedOn || !isSignOnRequired, inFlightCount < Self.inFlightLimit else {
            return false
        }
        inFlightCount += 1
        return true
    }

    mutating func answered() { inFlightCount -= 1 }

    mutating func drain() { isDraining = true }
}
