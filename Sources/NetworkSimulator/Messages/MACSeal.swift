import ISO8583

/// Puts the message authentication code (DE 64 or 128) on messages, and looks at that of answers.
struct MACSeal: Sendable {
    private let dialect: Dialect
    private let coverage: MACCoverage
    private let key: [UInt8]

    /// - Parameter key: in hexadecimal.
    /// - Returns: nil when the dialect has no code, or the key is not of its algorithm's size.
    init?(_ dialect: Dialect, key: String) {
        guard let coverage = dialect.mac, let key = hexBytes(key) else { return nil }
        self.dialect = dialect
        self.coverage = coverage
        self.key = key
        guard code([]) != nil else { return nil }
    }

    /// The message with its code. One that has an element for it keeps what it has, so that a scenario can send a
    /// wrong one.
    func sealed(_ message: Message) throws(EncodeError) -> Message {
        let element = coverage.element(for: message.elements)
        guard !message.contains(element) else { return message }
        var message = message
        message.set(element, bytes: [UInt8](repeating: 0, count: width(element)))
        let code = code(covered(message, try Codec.encode(message, dialect: dialect), element)) ?? []
        let missing = [UInt8](repeating: 0, count: max(0, width(element) - code.count))
        message.set(element, bytes: code + missing)
        return message
    }

    /// Whether a message that came has the right code.
    func isGood(_ message: Message, _ packed: [UInt8]) -> Bool {
        let element = coverage.element(for: message.elements)
        guard let came = message.bytes(of: element), let code = code(covered(message, packed, element)) else {
            return false
        }
        return came.starts(with: code)
    }

    /// As many bytes of the code as are sent.
    private func code(_ bytes: [UInt8]) -> [UInt8]? {
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
