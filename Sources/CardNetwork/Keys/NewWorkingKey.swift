import AuthorizationEngine
import CardCryptography
import ISO8583

/// A working key that a network has sent, opened and checked.
struct NewWorkingKey: Sendable {
    var target: NetworkKeys.Working
    var block: KeyBlock
    var key: Key

    func terms(of network: String) -> KeyTerms {
        KeyTerms(usage: key.usage, direction: target.direction, owner: .network(network))
    }
}

extension NetworkProfile {
    /// - Parameters:
    ///   - protection: under one of which the network has sent it.
    ///   - seal: what the codes of its messages are made by.
    /// - Throws: what is wrong with the key block, its check value or its place: `PaymentCryptographyError`,
    ///   ``Unacceptable``.
    func newKey(in message: Message, underOneOf protection: [Key], for seal: MessageSeal?) throws -> NewWorkingKey {
        guard let keys, let change = keys.change, let text = try change.location.text(in: message, dialect) else {
            throw Unacceptable(.formatError)
        }
        let block = try KeyBlock(unwrapping: Array(text.utf8), withOneOf: protection)
        let key = try block.key()
        if let location = change.checkValue {
            guard let digits = try location.text(in: message, dialect) else { throw Unacceptable(.formatError) }
            try key.check(digits)
        }
        try block.checkOwnValue(of: key)
        guard let target = keys.target(of: block.header, seal) else { throw PaymentCryptographyError.keyUsage }
        let new = NewWorkingKey(target: target, block: block, key: key)
        try new.terms(of: name).check(block)
        return new
    }
}

extension NetworkKeys {
    /// The key that a block replaces; nil when none could be meant, or several. Where each direction has a key of its
    /// own, the block's mode of use tells which.
    func target(of header: KeyBlockHeader, _ seal: MessageSeal?) -> Working? {
        let found = working.filter { key in
            switch key.purpose {
            case .mac:
                header.usage == seal?.usage && header.algorithm == seal?.algorithm
                    && header.mode.allows(key.direction, incoming: .verify, outgoing: .compute)
            case .pin:
                header.usage == .pinEncryption
                    && header.mode.allows(key.direction, incoming: .decrypt, outgoing: .encrypt)
            }
        }
        return found.count == 1 ? found[0] : nil
    }
}

extension KeyBlock {
    /// The check value that the block itself tells, if it does: optional block KC of ANSI X9.143, two digits of the method
    /// and the value.
    fileprivate func checkOwnValue(of key: Key) throws {
        guard let told = header.optionalBlocks.first(where: { $0.identifier == "KC" })?.value else { return }
        let method = header.algorithm == .aes ? "01" : "00"
        guard told.hasPrefix(method) else { throw PaymentCryptographyError.checkValueMismatch }
        try key.check(String(told.dropFirst(2)))
    }
}

extension Key {
    /// - Parameter digits: hexadecimal.
    fileprivate func check(_ digits: String) throws {
        guard let value = SecretBytes(hexadecimal: Array(digits.utf8)) else {
            throw PaymentCryptographyError.checkValueMismatch
        }
        try KeyCheckValue.check(value.withExposedBytes { Array($0) }, of: self)
    }
}
