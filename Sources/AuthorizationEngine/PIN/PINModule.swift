import AuthorizationCore
import CardCryptography

/// What is done with PINs in the security module. No clear PIN leaves it.
package struct PINModule: Sendable {
    private let module: any PaymentHSM
    private let keys: HeldKeys
    private let vault: PANVault

    package init(module: any PaymentHSM, keys: HeldKeys, vault: PANVault) {
        self.module = module
        self.keys = keys
        self.vault = vault
    }

    /// A PIN on its way to one card.
    package struct Arrival: Sendable {
        package var pin: PresentedPIN
        package var pan: PAN
        /// Whose key it came under.
        package var sender: KeyOwner
        package var card: CardID
        package var program: ProgramID

        package init(_ pin: PresentedPIN, pan: PAN, from sender: KeyOwner, to card: CardID, of program: ProgramID) {
            self.pin = pin
            self.pan = pan
            self.sender = sender
            self.card = card
            self.program = program
        }
    }

    /// Compares a PIN with what is stored. Nothing but the comparison itself says that it is wrong: not a key that is
    /// missing, not a block that does not open, not a module that is away.
    package func finding(of arrival: Arrival, stored: StoredPIN?) async -> PINFinding {
        guard let stored else { return PINFinding(.notVerified(.notSet)) }
        let (reference, version) = (stored.reference, stored.state.reference)
        let (verification, method) = (reference.verification, reference.verification.method)
        // By another version than made it the right PIN would be wrong, and counted.
        let (program, made) = (arrival.program, [reference.keyVersion])
        let versions = keys.versions(verification.key, method.usage, of: program, only: made)
        guard !versions.keys.isEmpty else { return PINFinding(.notVerified(.keyNotUsable)) }
        do throws(PaymentCryptographyError) {
            let value = try opened(reference, version: version, of: arrival.card)
            let expected = versions.keys.map { held in
                let key = StoredKeyVersion(verification.key, held.version)
                return (method.reference(value, of: arrival.pan, key: held.name), key)
            }
            var problem = PaymentCryptographyError.pinBlockNotOpened
            var key: StoredKeyVersion?
            let zone = try zoneKeys(of: arrival.pin, from: arrival.sender)
            for pin in try encryptedPINs(of: arrival, under: zone) {
                switch await compare(pin, with: expected, last: &key) {
                // Once the block was opened it came under this key and no other.
                case .success where versions.lacksSome:
                    return PINFinding(.notVerified(.keyNotUsable), .known(pin.key), by: key)
                case .success(true): return PINFinding(.match(reference: version), .known(pin.key), by: key)
                case .success(false): return PINFinding(.noMatch(reference: version), .known(pin.key), by: key)
                // A key that could not be tried may be the one.
                case .failure(let error): if error != .pinBlockNotOpened { problem = error }
                }
            }
            let isMissing = problem == .pinBlockNotOpened && !zone.lacksSome
            return PINFinding(.notVerified(PINFacts.Obstacle(problem)), isMissing ? .missing : nil, by: key)
        } catch {
            // No key of the sender's, or none for blocks of this format.
            let lacksKey = error == .unknownKey || error == .keyLength
            return PINFinding(.notVerified(PINFacts.Obstacle(error)), lacksKey ? .missing : nil)
        }
    }

    /// Whether a PIN is right by any version of its verification key. All have to say, also where one calls it right:
    /// one that failed may be the one that made the reference, and wrong guesses would not be counted.
    ///
    /// - Parameter key: set to the version by which it is right, else to the one that it was compared with last.
    private func compare(
        _ pin: EncryptedPIN,
        with references: [(PINReference, StoredKeyVersion)],
        last key: inout StoredKeyVersion?
    ) async -> Result<Bool, PaymentCryptographyError> {
        var right: StoredKeyVersion?
        for (reference, version) in references {
            do throws(PaymentCryptographyError) {
                if try await module.verify(pin, against: reference) { right = right ?? version }
                key = right ?? version
            } catch {
                return .failure(error)
            }
        }
        return .success(right != nil)
    }

    /// What a new PIN is to be verified with, sealed for its card and version.
    ///
    /// - Parameter method: of the card's program now.
    /// - Throws: `pinBlockNotOpened`, `unknownKey` and what else making a PVV or an offset throws.
    package func reference(
        of arrival: Arrival,
        by method: PINVerification,
        version: Int32
    ) async throws(PaymentCryptographyError) -> SealedPINReference {
        let zone = try zoneKeys(of: arrival.pin, from: arrival.sender)
        guard let pin = try encryptedPINs(of: arrival, under: zone).first else { throw .unknownKey }
        return try await reference(of: pin, arrival, by: method, version: version)
    }

    /// Of a new PIN under the zone key that the present one came under: most formats do not tell another key's block from
    /// their own.
    func renewal(
        to arrival: Arrival,
        under key: KeyName,
        by method: PINVerification?,
        version: Int32
    ) async -> (facts: NewPINFacts, made: (reference: SealedPINReference, pin: EncryptedPIN)?) {
        guard let method else { return (.notMade(.keyNotUsable), nil) }
        do throws(PaymentCryptographyError) {
            let pin = EncryptedPIN(block: try arrival.block, pan: arrival.pan, key: key)
            let reference = try await reference(of: pin, arrival, by: method, version: version)
            return (.made(reference: version), (reference, pin))
        } catch {
            return (.notMade(PINFacts.Obstacle(error)), nil)
        }
    }

    private func reference(
        of pin: EncryptedPIN,
        _ arrival: Arrival,
        by method: PINVerification,
        version: Int32
    ) async throws(PaymentCryptographyError) -> SealedPINReference {
        guard let key = keys.active(method.key, method.method.usage, of: arrival.program) else { throw .unknownKey }
        let value: SecretDigits
        switch method.method {
        case .visaPVV(let keyIndex):
            value = try await module.visaPVV(of: pin, keyIndex: keyIndex, key: key.moduleName)
        case .ibm3624:
            let data = IBM3624.validationData(of: arrival.pan)
            value = try await module.ibm3624Offset(of: pin, validationData: data, key: key.moduleName)
        }
        let place = SealedPINReference.associatedData(card: arrival.card, version: version)
        guard let sealed = try? vault.seal(value, associatedData: place) else { throw .library }
        return SealedPINReference(
            method,
            keyVersion: key.version,
            ciphertext: sealed.ciphertext,
            keyID: sealed.keyID
        )
    }

    /// Whether a version of the key is in use that a PIN may have come under.
    ///
    /// - Throws: `unknownKey` when there is no such key, `keyLength` when it is not for blocks of this format,
    ///   `checkValueMismatch` when no version of it has the check value that the sender tells, `unavailable` when the
    ///   module could be given none of those that are meant.
    package func checkKey(of arrival: Arrival) throws(PaymentCryptographyError) {
        _ = try zoneKeys(of: arrival.pin, from: arrival.sender)
    }

    /// The block under each version of its key that may be meant, the active one first.
    private func encryptedPINs(
        of arrival: Arrival,
        under zone: KeyVersions
    ) throws(PaymentCryptographyError) -> [EncryptedPIN] {
        let block = try arrival.block
        return zone.keys.map { EncryptedPIN(block: block, pan: arrival.pan, key: $0.name) }
    }

    /// One or more. Of a key that is changing from Triple DES to AES, only the versions that the block's format is for;
    /// where the sender tells the version by its check value, that one alone.
    private func zoneKeys(of pin: PresentedPIN, from sender: KeyOwner) throws(PaymentCryptographyError) -> KeyVersions {
        // Format 2 is for the chip of a card alone (ISO 9564-1, 9.3.3): over a network it would not be bound to one.
        guard let key = pin.key, pin.format != .format2 else { throw .keyUsage }
        let algorithm = pin.format.algorithm
        let versions = keys.versions(key, .pinEncryption, of: sender, algorithm, checkValue: pin.checkValue)
        guard let versions else {
            guard keys.versions(key, .pinEncryption, of: sender) != nil else { throw .unknownKey }
            guard keys.versions(key, .pinEncryption, of: sender, algorithm) != nil else { throw .keyLength }
            throw .checkValueMismatch
        }
        guard !versions.keys.isEmpty else { throw .unavailable }
        return versions
    }

    private func opened(
        _ reference: SealedPINReference,
        version: Int32,
        of card: CardID
    ) throws(PaymentCryptographyError) -> SecretDigits {
        let place = SealedPINReference.associatedData(card: card, version: version)
        let digits = try? vault.openDigits(reference.ciphertext, keyID: reference.keyID, associatedData: place)
        guard let digits else { throw .library }
        return digits
    }
}

/// What came of a PIN.
package struct PINFinding: Sendable {
    /// Under which its block came.
    enum ZoneKey: Sendable {
        case known(KeyName)
        /// No key of its sender's opens it.
        case missing
    }

    package var facts: PINFacts
    /// Nil where nobody knows.
    var zoneKey: ZoneKey?
    /// As ``ProofKeys`` has it.
    package var key: StoredKeyVersion?

    init(_ facts: PINFacts, _ zoneKey: ZoneKey? = nil, by key: StoredKeyVersion? = nil) {
        self.facts = facts
        self.zoneKey = zoneKey
        self.key = key
    }
}

extension PINModule.Arrival {
    /// Format 2 is for the chip of a card alone (ISO 9564-1, 9.3.3): over a network it would not be bound to one.
    fileprivate var block: PINBlock {
        get throws(PaymentCryptographyError) {
            guard pin.format != .format2 else { throw .keyUsage }
            return try pin.block.withExposedBytes { bytes throws(PaymentCryptographyError) in
                try PINBlock(pin.format, encrypted: bytes)
            }
        }
    }
}

extension PINVerification.Method {
    fileprivate func reference(_ value: SecretDigits, of pan: PAN, key: KeyName) -> PINReference {
        switch self {
        case .visaPVV(let keyIndex): .visaPVV(value, keyIndex: keyIndex, key: key)
        case .ibm3624: .ibm3624(offset: value, validationData: IBM3624.validationData(of: pan), key: key)
        }
    }
}

extension PINFacts.Obstacle {
    private static let ofBlocks: Set<PaymentCryptographyError> = [
        .pinBlockNotOpened, .blockNot8Bytes, .blockNot16Bytes,
    ]
    private static let ofModules: Set<PaymentCryptographyError> = [.unavailable, .library]

    fileprivate init(_ error: PaymentCryptographyError) {
        self =
            Self.ofBlocks.contains(error)
            ? .blockNotOpened : Self.ofModules.contains(error) ? .unavailable : .keyNotUsable
    }
}
