import AuthorizationEngine
import ISO8583

/// What happened to a network's messages and connections, in numbers that are never reset.
struct NetworkCounts: Sendable {
    /// Where a message could not be read.
    struct Fault: Hashable, Sendable {
        var `class`: DecodeError.Class
        var place: DecodeError.Place
    }

    struct UnexpectedElement: Hashable, Sendable {
        /// A place in ``NetworkCounts/kinds``.
        var kind: Int
        var element: Int
    }

    /// Of one kind of message; its repeats count with it.
    struct Kind: Sendable {
        var received: UInt64 = 0
        /// By DE 39 of our answers, as one number: a closed set, because we make them.
        var answers: [UInt32: UInt64] = [:]
        /// By what merchants were advised after a decline, in the same form.
        var advice: [UInt32: UInt64] = [:]
        var late: UInt64 = 0
        var silent: UInt64 = 0
        var repeated: UInt64 = 0
        var inFlight = 0
        /// From the last byte of the request to the write of its answer.
        var seconds = Histogram(bounds: Histogram.answerSeconds)
    }

    var events = [UInt64](repeating: 0, count: NetworkMetrics.Event.allCases.count)
    var links = [UInt64](repeating: 0, count: NetworkMetrics.Link.allCases.count)
    /// One for each of the network's message types, and one for all others.
    var kinds: [Kind]
    var faults: [Fault: UInt64] = [:]
    /// Elements that the dialect does not define, and tags that the network has not announced.
    private(set) var unknownParts: [UnknownPart: UInt64] = [:]
    /// Those that came after ``unknownPartLimit`` others, or that cannot be a label: which tags there are is the sender's
    /// to choose.
    private(set) var furtherUnknownParts: UInt64 = 0
    /// Elements that the rule of their message's type does not have.
    private(set) var unexpectedElements: [UnexpectedElement: UInt64] = [:]
    /// Those that came after ``unexpectedElementLimit`` others.
    private(set) var furtherUnexpectedElements: UInt64 = 0
    var connections = 0
    var signedOn = 0

    private static let unknownPartLimit = 64
    private static let unexpectedElementLimit = 256

    var inFlight: Int { kinds.reduce(0) { $0 + $1.inFlight } }

    init(kinds: Int) { self.kinds = [Kind](repeating: Kind(), count: kinds) }

    mutating func count(_ event: NetworkMetrics.Event, _ times: UInt64 = 1) { events[event.rawValue] += times }

    mutating func count(_ link: NetworkMetrics.Link) { links[link.rawValue] += 1 }

    mutating func received(kind: Int, unknown: [UnknownPart], unexpected: ElementSet) {
        count(.received)
        kinds[kind].received += 1
        for part in unknown {
            if unknownParts[part] != nil || (unknownParts.count < Self.unknownPartLimit && part.isLabel) {
                unknownParts[part, default: 0] += 1
            } else {
                furtherUnknownParts += 1
            }
        }
        for element in unexpected {
            let place = UnexpectedElement(kind: kind, element: element)
            if unexpectedElements[place] != nil || unexpectedElements.count < Self.unexpectedElementLimit {
                unexpectedElements[place, default: 0] += 1
            } else {
                furtherUnexpectedElements += 1
            }
        }
    }

    /// - Parameters:
    ///   - answer: what is sent, with its DE 39.
    ///   - advice: the element in which it may advise the merchant.
    mutating func answered(_ answer: Message, advice: Int?, kind: Int, after duration: Duration) {
        func code(_ value: ArraySlice<UInt8>) -> UInt32 { value.suffix(4).reduce(0) { $0 << 8 | UInt32($1) } }
        count(.answered)
        kinds[kind].seconds.record(duration)
        kinds[kind].answers[answer.bytes(of: 39).map(code) ?? 0, default: 0] += 1
        guard let advice, let value = answer.bytes(of: advice) else { return }
        kinds[kind].advice[code(value), default: 0] += 1
    }

    mutating func late(kind: Int) {
        count(.late)
        kinds[kind].late += 1
    }

    mutating func silent(kind: Int) {
        count(.silent)
        kinds[kind].silent += 1
    }

    mutating func repeated(kind: Int) {
        count(.repeated)
        kinds[kind].repeated += 1
    }

    mutating func add(_ other: NetworkCounts) {
        for (index, count) in other.events.enumerated() { events[index] += count }
        for (index, count) in other.links.enumerated() { links[index] += count }
        for (index, kind) in other.kinds.enumerated() {
            kinds[index].received += kind.received
            kinds[index].answers.merge(kind.answers, uniquingKeysWith: +)
            kinds[index].advice.merge(kind.advice, uniquingKeysWith: +)
            kinds[index].late += kind.late
            kinds[index].silent += kind.silent
            kinds[index].repeated += kind.repeated
            kinds[index].inFlight += kind.inFlight
            kinds[index].seconds.add(kind.seconds)
        }
        faults.merge(other.faults, uniquingKeysWith: +)
        unknownParts.merge(other.unknownParts, uniquingKeysWith: +)
        furtherUnknownParts += other.furtherUnknownParts
        unexpectedElements.merge(other.unexpectedElements, uniquingKeysWith: +)
        furtherUnexpectedElements += other.furtherUnexpectedElements
        connections += other.connections
        signedOn += other.signedOn
    }
}

extension UnknownPart {
    private static let longestTag = 8

    /// Whether its tag is short, and of ASCII letters and digits only: nothing that a line of metrics must escape.
    fileprivate var isLabel: Bool {
        guard let tag else { return true }
        return tag.utf8.count <= Self.longestTag
            && tag.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    true
                default: false
                }
            }
    }
}
