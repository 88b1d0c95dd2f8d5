/// An encrypted PIN block, as DE 52 carries it.
package struct PINBlock: Sendable {
    package let format: PINBlockFormat
    private let encrypted: SecretBytes

    /// - Throws: `blockNot8Bytes`, `blockNot16Bytes`.
    package init(
        _ format: PINBlockFormat,
        encrypted: some Collection<UInt8>
    ) throws(PaymentCryptographyError) {
        guard encrypted.count == format.blockLength else {
            throw format == .format4 ? .blockNot16Bytes : .blockNot8Bytes
        }
        self.format = format
        self.encrypted = SecretBytes(encrypted)
    }

    /// A new block.
    ///
    /// - Parameters:
    ///   - pan: of the card; formats 1 and 2 do not use it.
    ///   - key: of usage P0, Triple DES; AES for format 4.
    package init(
        _ pin: PIN,
        _ format: PINBlockFormat,
        pan: PAN,
        key: Key
    ) throws(PaymentCryptographyError) {
        self.format = format
        let fill = try format.randomFill()
        if format == .format4 {
            let block = try PINBlockFormat4.encrypt(
                pinField: PINBlockFormat4.pinField(pin, random: fill),
                panField: PINBlockFormat4.panField(pan),
                key: key
            )
            encrypted = SecretBytes(block.bytes)
        } else {
            let clear = try format.clearBlock(pin, pan: pan, fill: fill)
            encrypted = SecretBytes(try key.tripleDES(for: .pinEncryption).encrypt(clear).bytes)
        }
    }

    /// Reads the encrypted block.
    package func withExposedBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try encrypted.withExposedBytes(body)
    }

    package func pin(pan: PAN, key: Key) throws(PaymentCryptographyError) -> PIN {
        try withExposedBytes { bytes throws(PaymentCryptographyError) in
            if format == .format4 {
                guard let block = UInt128(bytes: bytes) else { throw .blockNot16Bytes }
                return try PINBlockFormat4.pin(
                    ofEncrypted: block,
                    panField: PINBlockFormat4.panField(pan),
                    key: key
                )
            }
            guard let block = UInt64(bytes: bytes) else { throw .blockNot8Bytes }
            let clear = try key.tripleDES(for: .pinEncryption).decrypt(block)
            return try format.pin(ofClearBlock: clear, pan: pan)
        }
    }

    /// The PIN in a block of another format or under another key. The card number stays the same: a translation that
    /// changed it would find PINs out by trial.
    ///
    /// - Throws: `translationNotAllowed`, and what can be wrong with the block.
    package func translated(
        to format: PINBlockFormat,
        pan: PAN,
        from key: Key,
        to newKey: Key
    ) throws(PaymentCryptographyError) -> PINBlock {
        guard self.format.mayBecome(format) else { throw .translationNotAllowed }
        return try PINBlock(try pin(pan: pan, key: key), format, pan: pan, key: newKey)
    }
}
