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
    package func facts(of arrival: Arrival, stored: StoredPIN?) async -> PINFacts {
        guard let stored else { return .notVerified(.notSet) }
        do throws(PaymentCryptographyError) {
            let (reference, version) = (stored.reference, stored.state.reference)
            let value = try opened(reference, version: version, of: arrival.card)
            let names = keys.names(reference.verification.key, reference.verification.method.usage, of: arrival.program)
            var isCompared = false
            for pin in try encryptedPINs(of: arrival) {
                for name in names {
                    let expected = reference.verification.method.reference(value, of: arrival.pan, key: name)
                    guard let isRight = try await isRight(pin, expected) else { break }
                    if isRight { return .match(reference: version) }
                    isCompared = true
                }
            }
            if isCompared { return .noMatch(reference: version) }
            return .notVerified(names.isEmpty ? .keyNotUsable : .blockNotOpened)
        } catch {
            return .notVerified(PINFacts.Obstacle(error))
        }
    }

    /// Nil when the block does not open with this zone key: an earlier one may open it.
    private func isRight(
        _ pin: EncryptedPIN,
        _ reference: PINReference
    ) async throws(PaymentCryptographyError) -> Bool? {
        do throws(PaymentCryptographyError) {
            return try await module.verify(pin, against: reference)
        } catch .pinBlockNotOpened {
            return nil
        }
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
        guard let key = keys.names(method.key, method.method.usage, of: arrival.program).first,
            let pin = try encryptedPINs(of: arrival).first
        else { throw .unknownKey }
        let value: SecretDigits
        switch method.method {
        case .visaPVV(let keyIndex): value = try await module.visaPVV(of: pin, keyIndex: keyIndex, key: key)
        case .ibm3624:
            let data = IBM3624.validationData(of: arrival.pan)
            value = try await module.ibm3624Offset(of: pin, validationData: data, key: key)
        }
        let place = SealedPINReference.associatedData(card: arrival.card, version: version)
        guard let sealed = try? vault.seal(value, associatedData: place) else { throw .library }
        return SealedPINReference(method, ciphertext: sealed.ciphertext, keyID: sealed.keyID)
    }

    /// The check value of the key that a sender's PINs come under now; nil when there is no such key.
    package func checkValue(of key: KeyName, of sender: KeyOwner) async -> [UInt8]? {
        guard let name = keys.names(key, .pinEncryption, of: sender).first else { return nil }
        return try? await module.checkValue(of: name)
    }

    /// The block under each version of its key that may be meant, the active one first.
    private func encryptedPINs(of arrival: Arrival) throws(PaymentCryptographyError) -> [EncryptedPIN] {
        // Format 2 is for the chip of a card alone (ISO 9564-1, 9.3.3): over a network it would not be bound to one.
        guard let key = arrival.pin.key, arrival.pin.format != .format2 else { throw .keyUsage }
        let names = keys.names(key, .pinEncryption, of: arrival.sender)
        guard !names.isEmpty else { throw .unknownKey }
        let block = try arrival.pin.block.withExposedBytes { bytes throws(PaymentCryptographyError) in
            try PINBlock(arrival.pin.format, encrypted: bytes)
        }
        return names.map { EncryptedPIN(block: block, pan: arrival.pan, key: $0) }
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

extension PINVerification.Method {
    fileprivate var usage: KeyUsage {
        switch self {
        case .visaPVV: .visaPVV
        case .ibm3624: .ibm3624
        }
    }

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
