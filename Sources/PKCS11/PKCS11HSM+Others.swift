import CardCryptography

// What the token's mechanisms do not do without a clear PIN or key in this process, and what is not for keys of cards.
extension PKCS11HSM {
    package func verify(
        _ pin: EncryptedPIN,
        against reference: PINReference
    ) async throws(PaymentCryptographyError) -> Bool {
        try await others.verify(pin, against: reference)
    }

    package func visaPVV(
        of pin: EncryptedPIN,
        keyIndex: UInt8,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> SecretDigits {
        try await others.visaPVV(of: pin, keyIndex: keyIndex, key: key)
    }

    package func ibm3624Offset(
        of pin: EncryptedPIN,
        validationData: UInt64,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> SecretDigits {
        try await others.ibm3624Offset(of: pin, validationData: validationData, key: key)
    }

    package func translate(
        _ pin: EncryptedPIN,
        to format: PINBlockFormat,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> PINBlock {
        try await others.translate(pin, to: format, key: key)
    }

    /// - Throws: `unsupported` when a key of the card is in the token: the PIN would be in clear here.
    package func scriptData(
        with pin: EncryptedPIN,
        for card: ChipCard,
        answering chip: ChipData,
        _ scheme: ChipScheme,
        key: KeyName,
        cryptograms: KeyName
    ) async throws(PaymentCryptographyError) -> [UInt8] {
        guard held(key) == nil, held(cryptograms) == nil else { throw .unsupported }
        return try await others.scriptData(
            with: pin,
            for: card,
            answering: chip,
            scheme,
            key: key,
            cryptograms: cryptograms
        )
    }

    package func mac(
        of message: [UInt8],
        padding: MACPadding,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> [UInt8] {
        try await others.mac(of: message, padding: padding, key: key)
    }

    package func verify(
        mac code: [UInt8],
        of message: [UInt8],
        padding: MACPadding,
        key: KeyName
    ) async throws(PaymentCryptographyError) -> Bool {
        try await others.verify(mac: code, of: message, padding: padding, key: key)
    }

    package func importKey(
        _ block: [UInt8],
        protectedBy protection: KeyName,
        as name: KeyName
    ) async throws(PaymentCryptographyError) -> [UInt8] {
        guard held(name) == nil else { throw .keyNameTaken }
        return try await others.importKey(block, protectedBy: protection, as: name)
    }

    package func setTable(
        _ table: IBM3624.DecimalisationTable,
        of key: KeyName
    ) async throws(PaymentCryptographyError) {
        try await others.setTable(table, of: key)
    }

    /// - Throws: `notExportable` for what is in the token.
    package func exportKey(
        _ name: KeyName,
        protectedBy protection: KeyName,
        _ version: KeyBlockHeader.Version
    ) async throws(PaymentCryptographyError) -> [UInt8] {
        guard held(name) == nil else { throw .notExportable }
        return try await others.exportKey(name, protectedBy: protection, version)
    }
}
