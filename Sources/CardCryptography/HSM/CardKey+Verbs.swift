// The verbs of security modules that take a card's key, wherever it is kept.
extension CardKey {
    package init(master: Cipher, usage: KeyUsage, of card: ChipCard) throws(PaymentCryptographyError) {
        try self.init(
            master: master,
            usage: usage,
            pan: card.pan,
            sequenceNumber: card.sequenceNumber,
            card.derivation
        )
    }

    /// Those of `counters` with which `value` is the card's.
    package func counters(
        _ counters: [UInt16],
        of value: SecretDigits,
        _ number: DynamicNumber,
        pan: PAN
    ) throws(PaymentCryptographyError) -> [UInt16] {
        switch number {
        case .dcvv(let expiry, let serviceCode):
            return try DynamicVerification.counters(
                counters,
                of: value,
                pan: pan,
                expiry: expiry,
                serviceCode: serviceCode,
                card: self
            )
        case .cvc3(let template, let unpredictableNumber):
            return try DynamicVerification.counters(
                counters,
                ofCVC3: value,
                trackTemplate: template,
                unpredictableNumber: unpredictableNumber,
                card: self
            )
        }
    }

    /// Tag 91 for each of `responses`; nil when the cryptogram is not the card's.
    package func answers(
        to chip: ChipData,
        _ scheme: ChipScheme,
        _ responses: [ChipResponse]
    ) throws(PaymentCryptographyError) -> [[UInt8]]? {
        let issuerData = try IssuerApplicationData(chip.issuerApplicationData, scheme)
        let cryptogram = try ApplicationCryptogram(chip, issuerData, card: self)
        guard cryptogram.isValid else { return nil }
        var answers: [[UInt8]] = []
        for response in responses { answers.append(try cryptogram.issuerAuthenticationData(for: response)) }
        return answers
    }

    package func scriptMAC(of command: ScriptCommand) throws(PaymentCryptographyError) -> UInt64 {
        try IssuerScript.mac(
            header: command.header,
            data: command.data,
            counter: command.counter,
            cryptogram: command.cryptogram,
            index: command.index,
            version: command.version,
            card: self
        )
    }
}
