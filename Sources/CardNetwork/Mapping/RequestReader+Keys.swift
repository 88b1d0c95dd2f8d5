import AuthorizationCore
import ISO8583

extension RequestReader {
    func identity(of message: Message, _ now: Instant) throws(Unacceptable) -> RequestIdentity {
        let parts = KeyParts(message, profile.dialect.edition, now)
        let expected = [edition.timeElement: parts.time, 11: parts.trace]
        for (element, value) in expected where value == nil && isKeyElement(element) {
            throw Unacceptable(.formatError)
        }
        guard parts.acquirer != nil || !message.contains(32) || !isKeyElement(32) else {
            throw Unacceptable(.formatError)
        }
        return identity(of: message, parts)
    }

    /// Also of a message whose key cannot be read in full: what cannot be read counts as absent.
    func readableIdentity(of message: Message, _ now: Instant) -> RequestIdentity {
        do {
            return try identity(of: message, now)
        } catch {
            var readable = identity(of: message, KeyParts(message, edition, now))
            readable.isComplete = false
            return readable
        }
    }

    private func identity(of message: Message, _ parts: KeyParts) -> RequestIdentity {
        var elements: [Int]
        switch edition {
        case .iso1987: elements = [3, 4, 49, 90, 95]
        case .iso1993: elements = [3, 4, 24, 30, 49, 56]
        }
        // Another verdict under the same key is another advice.
        if message.isAdvice, message.contains(39), message.messageType.messageClass != .reversal { elements.append(39) }
        return RequestIdentity(
            key: requestKey(message.messageType.withoutRepeat, parts),
            furtherElements: furtherElements(of: message),
            content: elements.map { message.text($0) ?? "" }.joined(separator: "|")
        )
    }

    /// The keys of a message with this one's elements and another type; none when they cannot be read.
    func requestKeys(of message: Message, as type: MessageTypeIndicator, _ now: Instant) -> [RequestKey] {
        let parts = KeyParts(message, edition, now)
        return parts.time == nil || parts.trace == nil ? [] : requestKeys(type, parts, like: message)
    }

    /// The key of a named message, and the longer one that it has if another message has the short one. The elements
    /// that DE 90 does not name are taken from the message that names it: most have those of their original.
    func requestKeys(_ type: MessageTypeIndicator, _ parts: KeyParts, like message: Message) -> [RequestKey] {
        let key = requestKey(type, parts)
        return [key, key.extended(by: furtherElements(of: message))].compactMap { $0 }
    }

    /// Of what DE 90 can name, the elements that the dialect has in its keys.
    private func requestKey(_ type: MessageTypeIndicator, _ parts: KeyParts) -> RequestKey {
        let named = [(edition.timeElement, parts.time), (11, parts.trace), (32, parts.acquirer)]
        let texts = named.map { element, value in isKeyElement(element) ? value.map(String.init) ?? "" : "" }
        return "\(profile.name):\(type):\(texts.joined(separator: ":"))"
    }

    /// Since 1993, the key has DE 12 for DE 7.
    private func isKeyElement(_ element: Int) -> Bool {
        let elements = profile.dialect.requestKey
        return elements.contains(element) || element == edition.timeElement && elements.contains(7)
    }

    private func furtherElements(of message: Message) -> [UInt8] {
        let further = profile.dialect.requestKey.subtracting([7, 11, 32, edition.timeElement])
        let values = further.map { message.printable($0) ?? [] }
        return values.allSatisfy(\.isEmpty) ? [] : Array(values.joined(separator: [UInt8(ascii: "|")]))
    }

    private var edition: Edition { profile.dialect.edition }
}

extension Message {
    /// Nil for what is no text: in damaged messages that may be a part of a card's number, which must not be kept.
    func printable(_ element: Int) -> [UInt8]? {
        bytes(of: element).flatMap { bytes in bytes.allSatisfy { (0x20..<0x7F).contains($0) } ? Array(bytes) : nil }
    }
}

/// What DE 90 names a message by, as far as it can be read.
struct KeyParts {
    /// `YYYYMMDDhhmmss`: DE 7 with the year that brings it closest to now, or DE 12 of 1993 with its own.
    var time: Int64?
    /// DE 11.
    var trace: Int64?
    /// DE 32.
    var acquirer: Int64?

    /// A message's own.
    init(_ message: Message, _ edition: Edition, _ now: Instant) {
        time = message.digits(edition.timeElement).flatMap { Self.resolved($0, edition, now) }
        trace = message.digits(11)
        acquirer = message.digits(32)
    }

    /// Those of the message that another one names. Nil when they name none that can be.
    ///
    /// - Parameter acquirer: of the message that names it, which counts where the original's is left out.
    init?(_ original: OriginalDataElements, acquirer: Int64?, _ edition: Edition, _ now: Instant) {
        guard let time = Self.resolved(original.time, edition, now) else { return nil }
        self.time = time
        trace = original.systemTraceAuditNumber
        self.acquirer = original.acquirer == 0 ? acquirer : original.acquirer
    }

    private static func resolved(_ digits: Int64, _ edition: Edition, _ now: Instant) -> Int64? {
        switch edition {
        case .iso1987: return TransmissionTime(digits: digits)?.resolved(near: now)
        case .iso1993:
            guard TransmissionTime(digits: digits % 10_000_000_000) != nil else { return nil }
            return 20_000_000_000_000 + digits
        }
    }
}
