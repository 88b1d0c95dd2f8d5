import CardCryptography

/// Verification values.
extension CardCalculator {
    static let cardOperations: [String: Operation] = [
        "cvv": Operation("cvk pan expiry service_code", remarks: ["expiry_order"], cvv),
        "cavv_visa_cvv_with_atn":
            Operation("cavv_key pan atn_4 authentication_result_code second_factor_code", cavv),
        "dcvv_visa": Operation("imk pan psn expiry service_code atc derivation", dcvv),
        "cvc3_mastercard": Operation("imk_cvc3 pan psn derivation track_template_hex un atc cvc3", cvc3),
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
        let data = try CardVerification.cavvData(
            try inputs.pan(),
            try inputs.digits("atn_4", count: 4),
            try inputs.digits("authentication_result_code", count: 1),
            try inputs.digits("second_factor_code", count: 2)
        )
        let key = try inputs.key("cavv_key", .tripleDES, .cardVerification)
        let block = try CardVerification.finalBlock(data, key: key)
        return CalculationResult(
            ["cavv_3digits": CardVerification.value(of: block).shown],
            steps: [("data", data.hexadecimal), ("final_block", block.hexadecimal)]
        )
    }

    private static func dcvv(_ inputs: Inputs) throws -> CalculationResult {
        let card = try inputs.cardKey("imk", .dynamicNumbers, option: "derivation")
        let data = try DynamicVerification.dcvvData(
            pan: try inputs.pan(),
            expiry: try inputs.digits("expiry", count: 4),
            serviceCode: try inputs.digits("service_code", count: 3),
            counter: try inputs.digits("atc", count: 4)
        )
        let block = try DynamicVerification.dcvvFinalBlock(data, card: card)
        return CalculationResult(
            ["dcvv": CardVerification.value(of: block).shown],
            steps: [("udk", card.shown), ("data", data.hexadecimal), ("final_block", block.hexadecimal)]
        )
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
