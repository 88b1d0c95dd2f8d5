import ISO8583

/// Puts the message authentication code (DE 64 or 128) on messages, and looks at that of what the issuer sends.
struct MACSeal: Sendable {
    private let dialect: Dialect
    private let coverage: MACCoverage
    private let sendingKey: [UInt8]
    private let receivingKey: [UInt8]

    /// - Parameters: keys of what we send and of what the issuer sends, in hexadecimal.
    /// - Returns: nil when the dialect has no code, or a key is not of its algorithm's size.
    init?(_ dialect: Dialect, sending: String, receiving: String) {
        guard let coverage = dialect.mac, let sendingKey = hexBytes(sending), let receivingKey = hexBytes(receiving)
        else { return nil }
        self.dialect = dialect
        self.coverage = coverage
        self.sendingKey = sendingKey
        self.receivingKey = receivingKey
        guard code([], sendingKey) != nil, code([], receivingKey) != nil else { return nil }
    }

    /// The message with its code. One that has an element for it keeps what it has, so that a scenario can send a
    /// wrong one.
    func sealed(_ message: Message) throws(EncodeError) -> Message {
        let element = coverage.element(for: message.elements)
        guard !message.contains(element) else { return message }
        var message = message
        message.set(element, bytes: [UInt8](repeating: 0, count: width(element)))
        let code = code(covered(message, try Codec.encode(message, dialect: dialect), element), sendingKey) ?? []
        let missing = [UInt8](repeating: 0, count: max(0, width(element) - code.count))
        message.set(element, bytes: code + missing)
        return message
    }

    /// Whether a message that came has the right code. What the issuer itself starts of network management may have
    /// none: it must get through when keys are lost.
    func isGood(_ message: Message, _ packed: [UInt8]) -> Bool {
        let element = coverage.element(for: message.elements)
        guard let came = message.bytes(of: element) else {
            return message.messageType.messageClass == .network && !message.messageType.isResponse
        }
        return code(covered(message, packed, element), receivingKey).map { came.starts(with: $0) } ?? false
    }

    /// As many bytes of the code as are sent.
    private func code(_ bytes: [UInt8], _ key: [UInt8]) -> [UInt8]? {
        MessageAuthentication.code(bytes, key: key, coverage.algorithm, paddingMethod: coverage.paddingMethod)
            .map { Array($0.prefix(coverage.length)) }
    }

    private func covered(_ message: Message, _ packed: [UInt8], _ element: Int) -> [UInt8] {
        switch coverage.bytes {
        case .messageBeforeMAC:
            // The code is the last element, of fixed length.
            return Array(
                packed.dropLast(dialect.spec(of: element)?.isHex == true ? 2 * width(element) : width(element))
            )
        case .elements(let elements):
            let values = elements.subtracting([element]).map { Array(message.bytes(of: $0) ?? []) }
            return Array(message.messageType.description.utf8) + values.joined()
        }
    }

    /// Bytes of the element.
    private func width(_ element: Int) -> Int { Int(dialect.spec(of: element)?.maximum ?? 8) }
}
