import CardCryptography
import ISO8583

/// Puts message authentication codes (DE 64 or 128) on messages, and checks those that came, as the dialect says.
package struct MessageSeal: Sendable {
    enum Verdict {
        case authentic
        case missing
        case wrong
    }

    private let dialect: Dialect
    private let coverage: MACCoverage

    /// Nil when the dialect has no codes.
    package init?(_ dialect: Dialect) {
        guard let coverage = dialect.mac else { return nil }
        self.dialect = dialect
        self.coverage = coverage
    }

    /// Of the keys that make the codes (ANSI X9.143, table 6).
    package var usage: KeyUsage {
        switch coverage.algorithm {
        case .cbc: .macAlgorithm1
        case .retail: .macAlgorithm3
        case .cmacTripleDES, .cmacAES: .cmac
        }
    }

    package var algorithm: CipherAlgorithm {
        switch coverage.algorithm {
        case .cbc, .retail, .cmacTripleDES: .tripleDES
        case .cmacAES: .aes
        }
    }

    func isSealed(_ message: Message) -> Bool { message.contains(coverage.element(for: message.elements)) }

    /// - Parameters:
    ///   - packed: the message as it came, without its header.
    ///   - keys: of which one must have made the code.
    func verdict(on message: Message, _ packed: [UInt8], keys: [Key]) -> Verdict {
        guard isSealed(message) else { return .missing }
        return maker(of: message, packed, among: keys) == nil ? .wrong : .authentic
    }

    /// The key that made a message's code.
    func maker(of message: Message, _ packed: [UInt8], among keys: [Key]) -> Key? {
        let element = coverage.element(for: message.elements)
        guard let code = message.bytes(of: element)?.prefix(coverage.length), code.count == coverage.length else {
            return nil
        }
        let data = covered(message, packed, element)
        return keys.first { key in
            (try? MessageAuthentication.verify(Array(code), of: data, padding: padding, key: key)) == true
        }
    }

    /// Of a message that breaks off before its code, though that has come: the code stands at the end, and is made of the
    /// bytes before it. Where it is made of elements, not all of them can be read.
    func verdict(onDamaged packed: [UInt8], announced: ElementSet, keys: [Key]) -> Verdict {
        let element = coverage.element(for: announced)
        guard case .messageBeforeMAC = coverage.bytes, announced.contains(element) else {
            return .missing
        }
        // Read as the only element of a message that is whole.
        var bare = Message(800)
        bare.set(element, bytes: [UInt8](repeating: 0, count: width(of: element)))
        guard var bytes = try? Codec.encode(bare, dialect: dialect), packed.count > wireLength(of: element) else {
            return .missing
        }
        bytes.replaceSubrange((bytes.count - wireLength(of: element))..., with: packed.suffix(wireLength(of: element)))
        guard let whole = try? Codec.decode(bytes, dialect: dialect) else { return .missing }
        return verdict(on: whole, packed, keys: keys)
    }

    /// The message in bytes, with its code.
    func pack(_ message: Message, key: Key) throws -> [UInt8] {
        var message = message
        let element = coverage.element(for: message.elements)
        message.set(element, bytes: [UInt8](repeating: 0, count: width(of: element)))
        let data = covered(message, try Codec.encode(message, dialect: dialect), element)
        let code = try MessageAuthentication.code(data, padding: padding, key: key).prefix(coverage.length)
        let fill = [UInt8](repeating: 0, count: width(of: element) - code.count)
        message.set(element, bytes: code + fill)
        return try Codec.encode(message, dialect: dialect)
    }

    private var padding: MACPadding { coverage.paddingMethod == 2 ? .method2 : .method1 }

    /// Bytes.
    private func width(of element: Int) -> Int { max(coverage.length, Int(dialect.spec(of: element)?.maximum ?? 8)) }

    private func wireLength(of element: Int) -> Int {
        dialect.spec(of: element)?.isHex == true ? 2 * width(of: element) : width(of: element)
    }

    private func covered(_ message: Message, _ packed: [UInt8], _ element: Int) -> [UInt8] {
        switch coverage.bytes {
        case .messageBeforeMAC:
            // The code is the last element, of fixed length.
            return packed.dropLast(wireLength(of: element))
        case .elements(let elements):
            var data = Array(message.messageType.description.utf8)
            for covered in elements where covered != element { data += message.bytes(of: covered) ?? [] }
            return data
        }
    }
}
