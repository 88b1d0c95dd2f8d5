/// What a session remembers, as a value: who may send what, and which requests wait for their answers. Time and
/// sockets are elsewhere.
struct SessionState {
    /// Requests of one session that may wait for their answers at once. A network keeps far fewer.
    static let inFlightLimit = 2_048

    enum Admission: Equatable {
        /// Decide it.
        case take
        /// The same request is being decided; its answer serves both.
        case attach
        /// Too many are in flight, or the network has not signed on.
        case refuse
    }

    private let isSignOnRequired: Bool
    private(set) var isSignedOn = false
    private(set) var isDraining = false
    private var inFlight: Set<RequestIdentity> = []

    init(isSignOnRequired: Bool) { self.isSignOnRequired = isSignOnRequired }

    var inFlightCount: Int { inFlight.count }

    /// Whether the connection can be closed without losing an answer.
    var isDrained: Bool { isDraining && inFlight.isEmpty }

    mutating func managed(_ code: ManagementCode) {
        switch code {
        case .signOn: isSignedOn = true
        case .signOff: isSignedOn = false
        case .echo: break
        }
    }

    /// - Parameter mustBeAccepted: reversals are taken also before sign-on.
    mutating func requestReceived(_ identity: RequestIdentity, mustBeAccepted: Bool) -> Admission {
        if inFlight.contains(identity) { return .attach }
        guard mustBeAccepted || isSignedOn || !isSignOnRequired else { return .refuse }
        guard inFlight.count < Self.inFlightLimit else { return .refuse }
        inFlight.insert(identity)
        return .take
    }

    mutating func answered(_ identity: RequestIdentity) { inFlight.remove(identity) }

    mutating func drain() { isDraining = true }
}
