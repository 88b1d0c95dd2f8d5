import AuthorizationCore
import CardCryptography

/// Where a version of a key is in its life.
package enum KeyState: UInt8, ClosedList {
    /// Imported, and not yet approved by a second operator.
    case pending = 1
    case active = 2
    /// Replaced, and still taken: from the other side for a grace time, from cards until it is retired.
    case previous = 3
    /// Kept, and used for nothing.
    case retired = 4
    /// The key is gone; the record stays.
    case destroyed = 5
}

/// Where a version of a key is of use.
package enum KeyCustody: UInt8, ClosedList {
    /// In this process; in storage it is a key block under the installation's own key.
    case software = 1
    /// In a token of a PKCS#11 module alone, which has wrapped it.
    case token = 2
}

/// Which messages a working key is for.
package enum KeyDirection: UInt8, ClosedList {
    case both = 1
    /// Those that the network sends.
    case incoming = 2
    /// Those that it is sent.
    case outgoing = 3
}

package enum KeyOwner: Hashable, Sendable {
    case installation
    case network(String)
    case program(ProgramID)
}

/// What is the same for all versions of a key.
package struct KeyTerms: Hashable, Sendable {
    package var usage: KeyUsage
    package var direction: KeyDirection
    package var owner: KeyOwner

    package init(usage: KeyUsage, direction: KeyDirection, owner: KeyOwner) {
        self.usage = usage
        self.direction = direction
        self.owner = owner
    }
}

extension KeyTerms {
    /// Whether a key can do what it is for: the usage has its algorithm and length, and its block's mode allows what
    /// the usage and the direction need.
    ///
    /// - Throws: `keyUsage`, `keyMode`, `keyLength`, besides what a weak key is refused with.
    package func check(_ block: KeyBlock) throws(PaymentCryptographyError) {
        guard block.header.usage == usage else { throw .keyUsage }
        let key = try block.key()
        guard usage.lengths(of: key.algorithm).contains(key.length) else { throw .keyLength }
        guard isServed(by: block.header.mode) else { throw .keyMode }
    }

    func isServed(by mode: KeyMode) -> Bool {
        switch usage {
        case .macAlgorithm1, .macAlgorithm3, .cmac: mode.allows(direction, incoming: .verify, outgoing: .compute)
        case .pinEncryption: mode.allows(direction, incoming: .decrypt, outgoing: .encrypt)
        // Without a key that verifies, wrong guesses would not be counted. One that only verifies is for values that others
        // make.
        case .cardVerification, .ibm3624, .visaPVV:
            mode.allows(.verify) && (direction == .incoming || mode.allows(.compute))
        case .applicationCryptograms, .secureMessagingConfidentiality, .secureMessagingIntegrity,
            .dataAuthenticationCode, .dynamicNumbers:
            mode.allows(.derive)
        // Blocks that come are opened with them. Of one that only wraps keys for another side the direction says so.
        case .keyEncryption, .keyBlockProtection: mode.allows(direction == .outgoing ? .encrypt : .decrypt)
        // Nothing is done with them here.
        case .baseDerivation, .dataEncryption: true
        }
    }
}

extension KeyMode {
    package func allows(_ direction: KeyDirection, incoming: Purpose, outgoing: Purpose) -> Bool {
        switch direction {
        case .both: allows(incoming) && allows(outgoing)
        case .incoming: allows(incoming)
        case .outgoing: allows(outgoing)
        }
    }
}

/// A version of a key as it is stored: wrapped.
package struct StoredKey: Hashable, Sendable {
    package var name: KeyName
    package var version: Int32
    package var terms: KeyTerms
    package var state: KeyState
    package var algorithm: CipherAlgorithm
    package var custody: KeyCustody
    package var checkValue: [UInt8]
    /// Nil while components are missing, and once it is destroyed.
    package var sealed: [UInt8]?
    /// Of a previous version: until when it is taken; nil for one that is until it is retired.
    package var previousUntil: Instant?
    /// Whether it was made here, so that the other side may not have it yet; not of one that waits for an approval.
    package var isMadeHere: Bool

    package init(
        name: KeyName,
        version: Int32,
        terms: KeyTerms,
        state: KeyState,
        algorithm: CipherAlgorithm,
        custody: KeyCustody = .software,
        checkValue: [UInt8],
        sealed: [UInt8]?,
        previousUntil: Instant? = nil,
        isMadeHere: Bool = false
    ) {
        self.name = name
        self.version = version
        self.terms = terms
        self.state = state
        self.algorithm = algorithm
        self.custody = custody
        self.checkValue = checkValue
        self.sealed = sealed
        self.previousUntil = previousUntil
        self.isMadeHere = isMadeHere
    }

    /// What its block is bound to.
    package static func place(_ name: KeyName, _ version: Int32) -> String { "\(name)/\(version)" }

    /// - Throws: `unknownKey` when there is nothing to open, `notExportable` for a token's, besides what opening a block
    ///   throws.
    package func opened(with vault: KeyVault) throws(PaymentCryptographyError) -> KeyBlock {
        guard custody == .software else { throw .notExportable }
        guard let sealed else { throw .unknownKey }
        return try vault.open(sealed, at: Self.place(name, version), usage: terms.usage)
    }

    /// What the token has wrapped.
    ///
    /// - Throws: `unknownKey` when there is nothing to open, or it is no token's; `macMismatch`.
    package func cardKey(in vault: KeyVault) throws(PaymentCryptographyError) -> WrappedCardKey {
        guard custody == .token, let sealed else { throw .unknownKey }
        return try vault.openCardKey(sealed, at: Self.place(name, version), usage: terms.usage)
    }
}

extension StoredKey {
    /// The key, for one of the purposes that its block binds it to.
    ///
    /// - Throws: `keyMode` when it does not, besides what opening throws.
    package func key(for purpose: KeyMode.Purpose, in vault: KeyVault) throws(PaymentCryptographyError) -> Key {
        let block = try opened(with: vault)
        guard block.header.mode.allows(purpose) else { throw .keyMode }
        return try block.key()
    }
}

/// A key that is to become a version of another one, at once or when it is approved.
package struct NewKey: Sendable {
    package var name: KeyName
    package var version: Int32
    package var terms: KeyTerms
    package var algorithm: CipherAlgorithm
    package var custody: KeyCustody
    package var checkValue: [UInt8]
    /// Nil when components are to come.
    package var sealed: [UInt8]?
    /// How long the version before it is taken afterwards; of no meaning for keys that cards live with.
    package var grace: Duration

    /// - Throws: what ``KeyTerms/check(_:)`` throws, and what wrapping throws.
    package init(
        _ block: KeyBlock,
        as name: KeyName,
        version: Int32,
        _ terms: KeyTerms,
        grace: Duration,
        in vault: KeyVault
    ) throws(PaymentCryptographyError) {
        try terms.check(block)
        self.init(
            name: name,
            version: version,
            terms: terms,
            algorithm: block.header.algorithm,
            checkValue: try KeyCheckValue.of(try block.key()),
            sealed: try vault.seal(block, at: StoredKey.place(name, version)),
            grace: grace
        )
    }

    /// A key that a token has wrapped.
    ///
    /// - Throws: `keyUsage`, `keyMode`, and what wrapping throws.
    package init(
        _ made: (key: WrappedCardKey, checkValue: [UInt8]),
        as name: KeyName,
        version: Int32,
        _ terms: KeyTerms,
        grace: Duration,
        in vault: KeyVault
    ) throws(PaymentCryptographyError) {
        guard made.key.usage == terms.usage else { throw .keyUsage }
        guard terms.isServed(by: made.key.mode) else { throw .keyMode }
        self.init(
            name: name,
            version: version,
            terms: terms,
            algorithm: .tripleDES,
            custody: .token,
            checkValue: made.checkValue,
            sealed: try vault.seal(made.key, at: StoredKey.place(name, version)),
            grace: grace
        )
    }

    package init(
        name: KeyName,
        version: Int32,
        terms: KeyTerms,
        algorithm: CipherAlgorithm,
        custody: KeyCustody = .software,
        checkValue: [UInt8],
        sealed: [UInt8]?,
        grace: Duration
    ) {
        self.name = name
        self.version = version
        self.terms = terms
        self.algorithm = algorithm
        self.custody = custody
        self.checkValue = checkValue
        self.sealed = sealed
        self.grace = grace
    }
}
