import Synchronization

/// Does with keys in memory what a hardware security module does with its own.
package final class SoftwareHSM: PaymentHSM {
    private struct StoredKey {
        var key: Key
        /// What the key's block said of it.
        var header: KeyBlockHeader
        /// Of an IBM 3624 key.
        var table: IBM3624.DecimalisationTable?
    }

    private let keys: Mutex<[KeyName: StoredKey]>
    /// What imported keys must look like.
    private let quality: KeyQuality

    /// - Parameter keys: to begin with; they may do all that their usage allows, and never leave.
    package init(_ keys: [KeyName: Key], quality: KeyQuality = .strict) {
        self.keys = Mutex(
            keys.mapValues { key in
                let block = KeyBlock(key, .aes, mode: .unrestricted, exportability: .nonExportable)
                return StoredKey(key: key, header: block.header)
            }
        )
        self.quality = quality
    }

    package var names: Set<KeyName> { keys.withLock { Set($0.keys) } }

    package func holds(_ key: KeyName) -> Bool { keys.withLock { $0[key] != nil } }

    /// Keeps a key out of storage, bound to what its block's header says.
    package func hold(_ block: KeyBlock, as name: KeyName) throws(PaymentCryptographyError) {
        let stored = StoredKey(key: try block.key(quality: quality), header: block.header)
        keys.withLock { $0[name] = stored }
    }

    package func forget(_ names: Set<KeyName>) {
        keys.withLock { keys in for name in names { keys[name] = nil } }
    }

    private func stored(_ name: KeyName) throws(PaymentCryptographyError) -> StoredKey {
        guard let stored = keys.withLock({ $0[name] }) else { throw .unknownKey }
        return stored
    }

    private func key(_ name: KeyName, to purpose: KeyMode.Purpose) throws(PaymentCryptographyError) -> Key {
        let stored = try stored(name)
        guard stored.header.mode.allows(purpose) else { throw .keyMode }
        return stored.key
    }
}

extension SoftwareHSM {
    package func cardVerificationValue(
        of face: CardFace,
        key: KeyName
    ) throws(PaymentCryptographyError) -> SecretDigits {
        let key = try self.key(key, to: .compute)
        return try CardVerification.value(
            pan: face.pan,
            expiry: face.expiry,
            serviceCode: face.serviceCode,
            key: key
        )
    }

    package func verify(
        _ value: SecretDigits,
        of face: CardFace,
        key: KeyName
    ) throws(PaymentCryptographyError) -> Bool {
        let key = try self.key(key, to: .verify)
        return try CardVerification.verify(
            value,
            pan: face.pan,
            expiry: face.expiry,
            serviceCode: face.serviceCode,
            key: key
        )
    }
}

extension SoftwareHSM {
    package func verify(
        _ value: SecretDigits,
        of number: DynamicNumber,
        counters: [UInt16],
        card: ChipCard,
        key: KeyName
    ) throws(PaymentCryptographyError) -> [UInt16] {
        try cardKey(of: card, key).counters(counters, of: value, number, pan: card.pan)
    }
}

extension SoftwareHSM {
    package func verify(
        _ pin: EncryptedPIN,
        against reference: PINReference
    ) throws(PaymentCryptographyError) -> Bool {
        let clear = try clearPIN(pin)
        switch reference {
        case .visaPVV(let value, let keyIndex, let key):
            let key = try self.key(key, to: .verify)
            return try VisaPVV.verify(value, pin: clear, pan: pin.pan, keyIndex: keyIndex, key: key)
        case .ibm3624(let offset, let data, let name):
            let key = try self.key(name, to: .verify)
            let table = try table(of: name)
            return try IBM3624.verify(offset, pin: clear, validationData: data, table: table, key: key)
        }
    }

    package func visaPVV(
        of pin: EncryptedPIN,
        keyIndex: UInt8,
        key: KeyName
    ) throws(PaymentCryptographyError) -> SecretDigits {
        let key = try self.key(key, to: .compute)
        return try VisaPVV.value(pin: try clearPIN(pin), pan: pin.pan, keyIndex: keyIndex, key: key)
    }

    package func ibm3624Offset(
        of pin: EncryptedPIN,
        validationData: UInt64,
        key name: KeyName
    ) throws(PaymentCryptographyError) -> SecretDigits {
        let (clear, key, table) = (try clearPIN(pin), try key(name, to: .compute), try table(of: name))
        let natural = try IBM3624.naturalPIN(
            validationData: validationData,
            table: table,
            length: clear.length,
            key: key
        )
        return try IBM3624.offset(of: clear, natural: natural)
    }

    package func translate(
        _ pin: EncryptedPIN,
        to format: PINBlockFormat,
        key: KeyName
    ) throws(PaymentCryptographyError) -> PINBlock {
        let (old, new) = (try self.key(pin.key, to: .decrypt), try self.key(key, to: .encrypt))
        return try Self.opening { () throws(PaymentCryptographyError) in
            try pin.block.translated(to: format, pan: pin.pan, from: old, to: new)
        }
    }

    package func setTable(
        _ table: IBM3624.DecimalisationTable,
        of key: KeyName
    ) throws(PaymentCryptographyError) {
        guard try stored(key).key.usage == .ibm3624 else { throw .keyUsage }
        let isSet = keys.withLock { keys in
            guard table.isVaried, keys[key]?.table == nil else { return false }
            keys[key]?.table = table
            return true
        }
        guard isSet else { throw .decimalisationTable }
    }

    private func table(of key: KeyName) throws(PaymentCryptographyError) -> IBM3624.DecimalisationTable {
        guard let table = try stored(key).table else { throw .decimalisationTable }
        return table
    }

    private func clearPIN(_ pin: EncryptedPIN) throws(PaymentCryptographyError) -> PIN {
        let key = try key(pin.key, to: .decrypt)
        return try Self.opening { () throws(PaymentCryptographyError) in
            try pin.block.pin(pan: pin.pan, key: key)
        }
    }

    /// Makes one error of all that can be wrong with a PIN block.
    private static func opening<Result>(
        _ body: () throws(PaymentCryptographyError) -> Result
    ) throws(PaymentCryptographyError) -> Result {
        do {
            return try body()
        } catch {
            throw PaymentCryptographyError.ofPINBlocks.contains(error) ? .pinBlockNotOpened : error
        }
    }
}

extension SoftwareHSM {
    package func verify(
        _ chip: ChipData,
        _ scheme: ChipScheme,
        of card: ChipCard,
        key: KeyName,
        responses: [ChipResponse]
    ) throws(PaymentCryptographyError) -> [[UInt8]]? {
        try cardKey(of: card, key).answers(to: chip, scheme, responses)
    }

    package func scriptMAC(
        of command: ScriptCommand,
        for card: ChipCard,
        key: KeyName
    ) throws(PaymentCryptographyError) -> UInt64 {
        try cardKey(of: card, key).scriptMAC(of: command)
    }

    package func scriptData(
        with pin: EncryptedPIN,
        for card: ChipCard,
        answering chip: ChipData,
        _ scheme: ChipScheme,
        key: KeyName,
        cryptograms: KeyName
    ) throws(PaymentCryptographyError) -> [UInt8] {
        try IssuerScript.data(
            with: try clearPIN(pin),
            counter: chip.counter,
            cryptogram: chip.cryptogram,
            version: try IssuerApplicationData(chip.issuerApplicationData, scheme).version,
            card: try cardKey(of: card, key),
            cryptograms: try cardKey(of: card, cryptograms)
        )
    }

    private func cardKey(of card: ChipCard, _ master: KeyName) throws(PaymentCryptographyError) -> CardKey<BlockCipher>
    {
        try CardKey(
            master: try key(master, to: .derive),
            pan: card.pan,
            sequenceNumber: card.sequenceNumber,
            card.derivation
        )
    }
}

extension SoftwareHSM {
    package func mac(
        of message: [UInt8],
        padding: MACPadding,
        key: KeyName
    ) throws(PaymentCryptographyError) -> [UInt8] {
        try MessageAuthentication.code(message, padding: padding, key: try self.key(key, to: .compute))
    }

    package func verify(
        mac code: [UInt8],
        of message: [UInt8],
        padding: MACPadding,
        key: KeyName
    ) throws(PaymentCryptographyError) -> Bool {
        try MessageAuthentication.verify(
            code,
            of: message,
            padding: padding,
            key: try self.key(key, to: .verify)
        )
    }
}

extension SoftwareHSM {
    package func importKey(
        _ block: [UInt8],
        protectedBy protection: KeyName,
        as name: KeyName
    ) throws(PaymentCryptographyError) -> [UInt8] {
        let block = try KeyBlock(unwrapping: block, with: try key(protection, to: .decrypt))
        let key = try block.key(quality: quality)
        let checkValue = try KeyCheckValue.of(key)
        let stored = StoredKey(key: key, header: block.header)
        let isNew = keys.withLock { keys in
            guard keys[name] == nil else { return false }
            keys[name] = stored
            return true
        }
        guard isNew else { throw .keyNameTaken }
        return checkValue
    }

    package func exportKey(
        _ name: KeyName,
        protectedBy protection: KeyName,
        _ version: KeyBlockHeader.Version
    ) throws(PaymentCryptographyError) -> [UInt8] {
        let stored = try stored(name)
        guard stored.header.exportability != .nonExportable else { throw .notExportable }
        switch version {
        case .variant, .variantOfBlocks: throw .weakProtection
        case .tripleDES, .aes: break
        }
        let block = KeyBlock(stored.header.moved(to: version), stored.key.withExposedBytes { SecretBytes($0) })
        return try block.wrapped(with: try key(protection, to: .encrypt))
    }

    package func checkValue(of name: KeyName) throws(PaymentCryptographyError) -> [UInt8] {
        try KeyCheckValue.of(try stored(name).key)
    }
}
