import AuthorizationEngine
import ISO8583
import NIOCore
import Synchronization

/// What can be told of a request that waits for its reply.
struct WaitingRequest {
    var messageType: MessageTypeIndicator
    /// Element 11, the systems trace audit number.
    var trace: String
}

/// A request whose reply has come.
struct FinishedRequest: Sendable {
    /// Its place among the session's requests.
    let number: UInt64
    let message: Message
    let header: FrameHeader
    /// When its last byte was received.
    let arrival: ContinuousClock.Instant
    let reply: Reply
    /// Whether a key of the network's opens its PIN; nil where nobody knows, or it has none.
    let isPINOpened: Bool?

    /// Of an approval: to be told when it has left.
    var delivery: Delivery? { if case .decided(let answer) = reply { answer.delivery } else { nil } }

    var isRepeated: Bool { if case .decided(let answer) = reply { answer.isRepeated } else { false } }
}

/// Brings replies from the lanes' threads to the session's event loop, many in one hop.
final class SessionOutbox: Sendable {
    private struct Waiting {
        var requests: [FinishedRequest] = []
        var isScheduled = false
    }

    private let waiting = Mutex(Waiting())
    private let eventLoop: any EventLoop
    private let session: NIOLoopBound<NetworkSession>

    init(eventLoop: any EventLoop, session: NIOLoopBound<NetworkSession>) {
        self.eventLoop = eventLoop
        self.session = session
    }

    func add(_ request: FinishedRequest) {
        let mustSchedule = waiting.withLock { waiting in
            waiting.requests.append(request)
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if mustSchedule { eventLoop.execute { self.flush() } }
    }

    private func flush() {
        let requests = waiting.withLock { waiting in
            waiting.isScheduled = false
            defer { waiting.requests = [] }
            return waiting.requests
        }
        session.value.answer(requests)
    }
}
