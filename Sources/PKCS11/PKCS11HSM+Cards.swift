import CardCryptography

// What the token does.
extension PKCS11HSM {
    package func cardVerificationValue(
        of face: CardFace,
        key name: KeyName
    ) async throws(PaymentCryptographyError) -> SecretDigits {
        try await value(of: face, name, to: .compute)
    }

    package func verify(
        _ value: SecretDigits,
        of face: CardFace,
        key name: KeyName
    ) async throws(PaymentCryptographyError) -> Bool {
        try await self.value(of: face, name, to: .verify).isEqual(to: value)
    }

    private func value(
        of face: CardFace,
        _ name: KeyName,
        to purpose: KeyMode.Purpose
    ) async throws(PaymentCryptographyError) -> SecretDigits {
        let key = try held(name)
        guard key.usage == .cardVerification else { throw .keyUsage }
        return try await compute(with: name, key, to: purpose) { cipher throws(PaymentCryptographyError) in
            try CardVerification.value(
                pan: face.pan,
                expiry: face.expiry,
                serviceCode: face.serviceCode,
                cipher: cipher
            )
        }
    }

    package func verify(
        _ value: SecretDigits,
        of number: DynamicNumber,
        counters: [UInt16],
        card: ChipCard,
        key name: KeyName
    ) async throws(PaymentCryptographyError) -> [UInt16] {
        try await compute(with: name, for: card) { cardKey throws(PaymentCryptographyError) in
            try cardKey.counters(counters, of: value, number, pan: card.pan)
        }
    }

    package func verify(
        _ chip: ChipData,
        _ scheme: ChipScheme,
        of card: ChipCard,
        key name: KeyName,
        responses: [ChipResponse]
    ) async throws(PaymentCryptographyError) -> [[UInt8]]? {
        try await compute(with: name, for: card) { cardKey throws(PaymentCryptographyError) in
            try cardKey.answers(to: chip, scheme, responses)
        }
    }

    /// - Throws: `unsupported` for Visa's cards before version 22.
    package func scriptMAC(
        of command: ScriptCommand,
        for card: ChipCard,
        key name: KeyName
    ) async throws(PaymentCryptographyError) -> UInt64 {
        try await compute(with: name, for: card) { cardKey throws(PaymentCryptographyError) in
            try cardKey.scriptMAC(of: command)
        }
    }

    private func compute<Value: Sendable>(
        with name: KeyName,
        for card: ChipCard,
        _ body: @escaping @Sendable (CardKey<PKCS11CardKey>) throws(PaymentCryptographyError) -> Value
    ) async throws(PaymentCryptographyError) -> Value {
        let key = try held(name)
        return try await compute(with: name, key, to: .derive) { master throws(PaymentCryptographyError) in
            try body(try CardKey(master: master, usage: key.usage, of: card))
        }
    }
}
