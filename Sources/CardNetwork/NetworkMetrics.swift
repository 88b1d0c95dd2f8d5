import ISO8583
import Synchronization

/// The counts of one network. Sessions write to tables of their own, so that no two event loops wait for each other;
/// a reader adds them up.
package final class NetworkMetrics: Sendable {
    /// What became of a message. Numbers are places in a table.
    package enum Event: Int, CaseIterable, Sendable {
        case received
        case answered
        /// Answered 30 because it could not be read, or lacked something.
        case formatError
        /// Not answered: nothing in it says to whom, or it is an advice that cannot be recorded.
        case dropped
        /// An answer to nothing that we asked.
        case unsolicited
        /// Not taken on: too many in flight, not signed on, or stopping.
        case refused
        /// Not answered because its time had passed, before the decision or after it.
        case late
        /// Answered from the record: the same key came before.
        case repeated
        /// The stream could not be followed any further.
        case framingError
        /// Not taken on: it has no authentication code, and should.
        case macMissing
        /// The same with a code that none of the network's keys has made.
        case macWrong
        /// The network has sent a new key, and it is in use.
        case keyChanged
        /// A new key was not taken: it could not be opened, checked or stored.
        case keyRefused
        /// An advice or a reversal that got no answer, and has to come again.
        case silent
        /// Element 55 cannot be used: it is no TLV, or lacks what its cryptogram is made of.
        case chipUnreadable
    }

    /// What became of a connection. Numbers are places in a table.
    package enum Link: Int, CaseIterable, Sendable {
        case accepted
        /// Closed at once, because there are too many.
        case turnedAway
        case connected
        /// The same as `connected`, but not for the first time.
        case reconnected
        case connectFailed
        /// Closed because an echo, a sign-on or a TLS handshake got no answer, or because our answers were not read.
        case unanswered
        /// Ended by an error, TLS alerts among them.
        case broken
    }

    /// One of the tables, for a session.
    final class Table: Sendable {
        private let counts: Mutex<NetworkCounts>

        fileprivate init(kinds: Int) { counts = Mutex(NetworkCounts(kinds: kinds)) }

        func update(_ body: (inout NetworkCounts) -> Void) { counts.withLock { body(&$0) } }

        func count(_ event: Event) { update { $0.count(event) } }

        func count(_ link: Link) { update { $0.count(link) } }

        fileprivate var snapshot: NetworkCounts { counts.withLock { $0 } }
    }

    /// Enough that the event loops of a large machine seldom share one.
    private static let tableCount = 16

    let network: String
    /// Message types with a rule in the dialect. All others count together: their number is the sender's to choose.
    let messageTypes: [MessageTypeIndicator]
    private let dialect: Dialect
    /// Elements that may hold tags which nobody has announced.
    private let tagged: ElementSet
    private let tables: [Table]
    private let tablesGiven = Atomic<Int>(0)

    package init(network: String, dialect: Dialect) {
        self.network = network
        self.dialect = dialect
        tagged = ElementSet(Array(dialect.knownTags.keys))
        let messageTypes = dialect.rules.map(\.messageType)
        self.messageTypes = messageTypes
        tables = (0..<Self.tableCount).map { _ in Table(kinds: messageTypes.count + 1) }
    }

    /// A table for a new session.
    func table() -> Table {
        tables[tablesGiven.wrappingAdd(1, ordering: .relaxed).oldValue & (Self.tableCount - 1)]
    }

    /// Which of ``NetworkCounts/kinds`` a message counts for.
    func kind(of messageType: MessageTypeIndicator) -> Int {
        let type = messageType.withoutRepeat
        return messageTypes.firstIndex { $0 == type } ?? messageTypes.count
    }

    /// What is not known of a message. Looked for only where it can be.
    func unknownParts(of message: Message) -> [UnknownPart] {
        guard !message.unknownElements.isEmpty || !message.elements.intersection(tagged).isEmpty else { return [] }
        return message.unknownParts(dialect: dialect)
    }

    /// What a message has beyond the rule of its type. What has no definition either is an unknown part.
    func unexpectedElements(of message: Message) -> ElementSet {
        dialect.unexpectedElements(in: message).subtracting(message.unknownElements)
    }

    package func value(_ event: Event) -> UInt64 { counts.events[event.rawValue] }

    package func value(_ link: Link) -> UInt64 { counts.links[link.rawValue] }

    var counts: NetworkCounts {
        tables.dropFirst().reduce(into: tables[0].snapshot) { $0.add($1.snapshot) }
    }
}
