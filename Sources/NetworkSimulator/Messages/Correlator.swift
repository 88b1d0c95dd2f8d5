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
    private var waiting: [Key: [Candidate]] = [:]
    /// Those that have had their answer: a second one is theirs too.
    private var finished: [Key: [Candidate]] = [:]
    private var keys: [Int: Key] = [:]

    private struct Candidate {
        var identifier: Int
        var message: Message
    }

    init(_ dialect: Dialect) { elements = dialect.responseKey }

    mutating func sent(_ message: Message, _ identifier: Int) {
        guard !message.messageType.isResponse, let key = Self.key(message) else { return }
        waiting[key, default: []].append(Candidate(identifier: identifier, message: message))
        keys[identifier] = key
    }

    /// Of several that an answer fits, the latest: those before it may never get theirs.
    mutating func answered(_ answer: Message) -> Int? {
        guard answer.messageType.isResponse, let key = Self.key(answer), var candidates = waiting[key],
            let index = candidates.lastIndex(where: { fits(answer, $0.message) })
        else { return nil }
        let candidate = candidates.remove(at: index)
        waiting[key] = candidates.isEmpty ? nil : candidates
        finished[key, default: []].append(candidate)
        return candidate.identifier
    }

    /// The latest message that an answer fits and that has had one already.
    func answeredAgain(_ answer: Message) -> Int? {
        guard answer.messageType.isResponse, let key = Self.key(answer) else { return nil }
        return finished[key]?.last { fits(answer, $0.message) }?.identifier
    }

    mutating func forget(_ identifier: Int) {
        guard let key = keys.removeValue(forKey: identifier) else { return }
        for place in [\Correlator.waiting, \Correlator.finished] {
            self[keyPath: place][key]?.removeAll { $0.identifier == identifier }
            if self[keyPath: place][key]?.isEmpty == true { self[keyPath: place][key] = nil }
        }
    }

    mutating func removeAll() { (waiting, finished, keys) = ([:], [:], [:]) }

    private func fits(_ answer: Message, _ message: Message) -> Bool {
        elements.intersection(answer.elements).allSatisfy { answer.bytes(of: $0) == message.bytes(of: $0) }
    }

    private static func key(_ message: Message) -> Key? {
        guard let traceNumber = message.bytes(of: 11) else { return nil }
        return Key(versionAndClass: message.messageType.number / 100, traceNumber: Array(traceNumber))
    }
}
