import ISO8583

/// Tells which message an answer answers: by version and class of its type and by its elements, never by its order.
struct Correlator {
    private struct Key: Hashable {
        var versionAndClass: UInt16
        /// DE 11.
        var traceNumber: [UInt8]
    }

    /// The elements that must agree where the answer has them.
    let elements: ElementSet
    private var waiting: [Key: [(identifier: Int, message: Message)]] = [:]

    init(_ dialect: Dialect) { elements = dialect.responseKey }

    mutating func sent(_ message: Message, _ identifier: Int) {
        guard !message.messageType.isResponse, let key = Self.key(message) else { return }
        waiting[key, default: []].append((identifier, message))
    }

    /// Of several that an answer fits, the latest: those before it may never get theirs.
    mutating func answered(_ answer: Message) -> Int? {
        guard answer.messageType.isResponse, let key = Self.key(answer), var candidates = waiting[key],
            let index = candidates.lastIndex(where: { fits(answer, $0.message) })
        else { return nil }
        let identifier = candidates.remove(at: index).identifier
        waiting[key] = candidates.isEmpty ? nil : candidates
        return identifier
    }

    mutating func removeAll() { waiting = [:] }

    private func fits(_ answer: Message, _ message: Message) -> Bool {
        elements.intersection(answer.elements).allSatisfy { answer.bytes(of: $0) == message.bytes(of: $0) }
    }

    private static func key(_ message: Message) -> Key? {
        guard let traceNumber = message.bytes(of: 11) else { return nil }
        return Key(versionAndClass: message.messageType.number / 100, traceNumber: Array(traceNumber))
    }
}
