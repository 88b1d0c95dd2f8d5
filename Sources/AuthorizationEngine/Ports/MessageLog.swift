import AuthorizationCore

package enum MessageKind: IdentifierKind { package static let prefix = "msg" }

package typealias LoggedMessageID = Identifier<MessageKind>

/// A message between a network and Aval in the form in which it may be kept: nothing in it opens a card.
package struct LoggedMessage: Hashable, Sendable {
    package enum Direction: UInt8, ClosedList {
        case received = 1
        case sent = 2
    }

    package enum Content: Hashable, Sendable {
        /// MTI and elements, those beyond the dialect's allow-list as their length.
        case readable(String)
        /// Of bytes that are no message: their length, what was announced, and what is wrong.
        case unreadable(String)
    }

    /// What was sent to what was received. One record has both, as nearly every request is answered.
    package struct Answer: Hashable, Sendable {
        package var messageType: UInt16
        package var responseCode: String
        /// From the last byte of what it answers.
        package var latency: Duration
        package var content: String

        package init(messageType: UInt16, responseCode: String, latency: Duration, content: String) {
            self.messageType = messageType
            self.responseCode = responseCode
            self.latency = latency
            self.content = content
        }
    }

    /// When its last byte was received, or it was sent.
    package var at: Instant
    package var network: String
    /// The other side's address.
    package var connection: String
    package var direction: Direction
    /// Four digits as a number; nil when not even they could be read.
    package var messageType: UInt16?
    /// ISO 8583 element 11, the systems trace audit number; empty when there is none.
    package var trace: String
    /// ISO 8583 element 39; empty when there is none.
    package var responseCode: String
    /// What it is about, once that is known.
    package var authorization: AuthorizationID?
    /// Of an answer on its own: from the last byte of what it answers.
    package var latency: Duration?
    package var content: Content
    package var answer: Answer?

    package init(
        at: Instant,
        network: String,
        connection: String,
        direction: Direction,
        messageType: UInt16?,
        trace: String = "",
        responseCode: String = "",
        authorization: AuthorizationID? = nil,
        latency: Duration? = nil,
        content: Content,
        answer: Answer? = nil
    ) {
        self.at = at
        self.network = network
        self.connection = connection
        self.direction = direction
        self.messageType = messageType
        self.trace = trace
        self.responseCode = responseCode
        self.authorization = authorization
        self.latency = latency
        self.content = content
        self.answer = answer
    }

    /// The message, and its answer as a message on its own.
    package var messages: [LoggedMessage] {
        guard let answer else { return [self] }
        var received = self
        received.answer = nil
        var sent = received
        sent.at = at + answer.latency
        sent.direction = .sent
        sent.messageType = answer.messageType
        sent.responseCode = answer.responseCode
        sent.latency = answer.latency
        sent.content = .readable(answer.content)
        return [received, sent]
    }
}

/// Keeps messages for operators. Payments never wait for it: what it cannot take at once is dropped and counted.
package protocol MessageLog: Sendable {
    func add(_ messages: [LoggedMessage])
}
