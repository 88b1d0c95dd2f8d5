import AuthorizationCore
import AuthorizationEngine
import ISO8583
import NIOCore

// What is kept of messages. They are put into the form that may be kept here and now: a queue would hold card data.
extension NetworkSession {
    /// Keeps a message that is not answered from a lane, or one of our own.
    func log(_ message: Message, _ direction: LoggedMessage.Direction, latency: Duration? = nil) {
        gateway.log?.add([logged(message, direction, at: .wallClock, latency: latency)])
    }

    /// Keeps requests with the answers that have left, if any.
    func log(_ finished: [FinishedRequest], _ answered: [(request: FinishedRequest, answer: Message)]) {
        guard let log = gateway.log else { return }
        let answers = Dictionary(answered.map { ($0.request.number, $0.answer) }) { $1 }
        let now = ContinuousClock.now
        let wallClock = Instant.wallClock
        log.add(
            finished.map { request in
                let waited = now - request.arrival
                var message = logged(request.message, .received, at: wallClock - waited)
                message.authorization = request.authorization
                message.answer = answers[request.number].map { answer in
                    LoggedMessage.Answer(
                        messageType: answer.messageType.number,
                        responseCode: answer.plainText(39),
                        latency: waited,
                        content: storable(answer)
                    )
                }
                return message
            }
        )
    }

    /// Keeps of unreadable bytes what says nothing of a card.
    func log(unreadable length: Int, _ error: DecodeError) {
        gateway.log?.add([
            LoggedMessage(
                at: .wallClock,
                network: gateway.profile.name,
                connection: peer,
                direction: .received,
                messageType: error.messageType?.number,
                content: .unreadable("\(length) bytes, \(error.announcement), \(error)")
            )
        ])
    }

    private func logged(
        _ message: Message,
        _ direction: LoggedMessage.Direction,
        at instant: Instant,
        latency: Duration? = nil
    ) -> LoggedMessage {
        LoggedMessage(
            at: instant,
            network: gateway.profile.name,
            connection: peer,
            direction: direction,
            messageType: message.messageType.number,
            trace: message.plainText(11),
            responseCode: message.plainText(39),
            latency: latency,
            content: .readable(storable(message))
        )
    }

    private func storable(_ message: Message) -> String {
        message.storable(allowing: gateway.storable, dialect: gateway.profile.dialect)
    }
}

extension FinishedRequest {
    /// What its decision belongs to.
    fileprivate var authorization: AuthorizationID? {
        if case .decided(let answer) = reply { answer.decision.outcome.authorization } else { nil }
    }
}

extension Message {
    /// A short code, as long as it is one: no card number fits.
    fileprivate func plainText(_ element: Int) -> String {
        guard let value = bytes(of: element), value.count <= 6 else { return "" }
        return String(decoding: value.map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
    }
}

extension DecodeError {
    /// How many elements the bit maps announce, and not which: bytes that are no message may have a card number in the
    /// bit maps' place, which the elements would spell.
    fileprivate var announcement: String {
        announced.map { "\($0.count) elements announced" } ?? "bit map unread"
    }
}
