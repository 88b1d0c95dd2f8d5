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
    /// Of an answer: from the last byte of what it answers.
    package var latency: Duration?
    package var content: Content

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
        content: Content
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
    }
}

/// Keeps messages for operators. Payments never wait for it: what it cannot take at once is dropped and counted.
package protocol MessageLog: Sendable {
    func add(_ messages: [LoggedMessage])
}
