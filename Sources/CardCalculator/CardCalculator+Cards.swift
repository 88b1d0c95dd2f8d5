import CardCryptography

/// Verification values.
extension CardCalculator {
    static let cardOperations: [String: Operation] = [
        "cvv": cvv,
        "cavv_visa_cvv_with_atn": cavv,
        "dcvv_visa": dcvv,
        "cvc3_mastercard": cvc3,
    ]

    private static func cvv(_ inputs: Inputs) throws -> CalculationResult {
        let (expiry, code) = (try inputs.digits("expiry", count: 4), try inputs.digits("service_code", count: 3))
        let key = try inputs.key("cvk", .tripleDES, .cardVerification)
        let data = try CardVerification.data(try inputs.pan(), expiry, code)
        let block = try CardVerification.finalBlock(data, key: key)
        return CalculationResult(
            ["cvv": CardVerification.value(of: block).shown],
            steps: [("data", data.hexadecimal), ("final_block", block.hexadecimal)]
        )
    }

    private static func cavv(_ inputs: Inputs) throws -> CalculationResult {
        let value = try CardVerification.cavv(
            pan: try inputs.pan(),
            trackingNumber: try inputs.digits("atn_4", count: 4),
            resultCode: try inputs.digits("authentication_result_code", count: 1),
            secondFactor: try inputs.digits("second_factor_code", count: 2),
            key: try inputs.key("cavv_key", .tripleDES, .cardVerification)
        )
        return CalculationResult(["cavv_3digits": value.shown])
    }

    private static func dcvv(_ inputs: Inputs) throws -> CalculationResult {
        let card = try inputs.cardKey("imk", .dynamicNumbers, option: "derivation")
        let value = try DynamicVerification.dcvv(
            pan: try inputs.pan(),
            expiry: try inputs.digits("expiry", count: 4),
            serviceCode: try inputs.digits("service_code", count: 3),
            counter: try inputs.digits("atc", count: 4),
            card: card
        )
        return CalculationResult(["dcvv": value.shown], steps: [("udk", card.shown)])
    }

    /// Input `cvc3`, where it is given, is what came: the end of the value, 3 to 5 digits.
    private static func cvc3(_ inputs: Inputs) throws -> CalculationResult {
        let card = try inputs.cardKey("imk_cvc3", .dynamicNumbers, option: "derivation")
        let track = SecretBytes(try inputs.bytes("track_template_hex"))
        let (un, atc) = (try inputs.block("un", as: UInt32.self), try inputs.block("atc", as: UInt16.self))
        let value = try DynamicVerification.cvc3(
            trackTemplate: track,
            unpredictableNumber: un,
            counter: atc,
            card: card
        )
        var output = ["cvc3_5digits": value.shown]
        if inputs.has("cvc3") {
            guard let received = SecretDigits(ascii: try inputs.text("cvc3").utf8, counts: 3...5) else {
                throw CalculatorError.invalid("cvc3", "3 to 5 digits")
            }
            output["cvc3_valid"] = .boolean(
                try DynamicVerification.verify(
                    cvc3: received,
                    trackTemplate: track,
                    unpredictableNumber: un,
                    counter: atc,
                    card: card
                )
            )
        }
        let vector = try DynamicVerification.initialVector(track, card)
        return CalculationResult(output, steps: [("udk", card.shown), ("ivcvc3", vector.hexadecimal)])
    }
}
