import CardCryptography
import ISO8583

/// Chip cards.
extension CardCalculator {
    static let chipOperations: [String: Operation] = [
        "key_derivation": Operation("imk pan psn udk_option atc un arqc", keyDerivation),
        "ac_raw": Operation("imk_ac pan psn udk_option session_key_method atc un data padding_method", rawCryptogram),
        "arqc_arpc": Operation(
            "cvn imk_ac pan psn udk_option de55 arpc_rc csu proprietary_auth_data",
            remarks: ["tags", "tag9F10"],
            cryptograms
        ),
    ]

    private static func keyDerivation(_ inputs: Inputs) throws -> CalculationResult {
        let (atc, un) = (try inputs.block("atc", as: UInt16.self), try inputs.block("un", as: UInt32.self))
        let card = try inputs.cardKey("imk", .applicationCryptograms)
        let scripts = try inputs.cardKey("imk", .secureMessagingIntegrity)
        let session = { (method: SessionKeyMethod) throws in
            CalculatorValue.text(try SessionKey(method, card: card, counter: atc, unpredictableNumber: un).shown)
        }
        let output: [String: CalculatorValue] = [
            "udk": .text(card.shown),
            "udk_kcv": .hexadecimal(try card.checkValue),
            "session_key_emv_common_atc": try session(.common),
            "session_key_mastercard_atc_un": try session(.mastercard),
            "session_key_visa_secure_messaging": .text(try SessionKey(visaScriptsOf: scripts, counter: atc).shown),
            "session_key_sm_common_arqc":
                .text(try SessionKey(scriptsOf: scripts, cryptogram: try inputs.block("arqc")).shown),
        ]
        return .init(output, steps: [("diversification_data", try inputs.diversificationData().hexadecimal)])
    }

    private static func rawCryptogram(_ inputs: Inputs) throws -> CalculationResult {
        let card = try inputs.cardKey("imk_ac", .applicationCryptograms)
        let method: SessionKeyMethod
        switch try inputs.text("session_key_method") {
        case "none (UDK)", "none": method = .none
        case "emv_common_atc": method = .common
        case "mastercard_atc_un": method = .mastercard
        default: throw CalculatorError.invalid("session_key_method", "none, emv_common_atc or mastercard_atc_un")
        }
        guard let padding = MACPadding(rawValue: try inputs.number("padding_method", in: 1...2)) else {
            throw CalculatorError.invalid("padding_method", "1 or 2")
        }
        let session = try SessionKey(
            method,
            card: card,
            counter: try inputs.block("atc"),
            unpredictableNumber: try inputs.block("un")
        )
        let data = try inputs.bytes("data")
        let cryptogram = try ApplicationCryptogram.cryptogram(of: data, padding, session)
        return .init(
            ["arqc": .text(cryptogram.hexadecimal)],
            steps: [("udk", card.shown), ("session_key", session.shown), ("mac_input_padded", padded(data, padding))]
        )
    }

    private static func cryptograms(_ inputs: Inputs) throws -> CalculationResult {
        let chip = try chipData(inputs)
        let version = try cryptogramVersion(inputs)
        let issuerData = try IssuerApplicationData(chip.issuerApplicationData, version.scheme)
        guard issuerData.version == version else { throw PaymentCryptographyError.unknownCryptogramVersion }
        let card = try inputs.cardKey("imk_ac", .applicationCryptograms)
        let cryptogram = try ApplicationCryptogram(chip, issuerData, card: card)
        let data = try chip.signedData(with: issuerData)
        let input = padded(data, version.padding)
        let session = cryptogram.sessionKey.shown
        guard cryptogram.isValid else {
            return .init(
                [
                    "arqc_valid": .boolean(false), "received_arqc": .text(chip.cryptogram.hexadecimal),
                    "computed_arqc": .text(cryptogram.expected.hexadecimal),
                ],
                steps: [("udk", card.shown), ("session_key_ac", session), ("mac_input_padded", input)]
            )
        }
        let answer = try cryptogram.issuerAuthenticationData(for: try response(inputs))
        let output: [String: CalculatorValue] = [
            "arqc_valid": .boolean(true), "udk": .text(card.shown), "session_key_ac": .text(session),
            "mac_input_padded": .text(input), "arqc": .text(cryptogram.expected.hexadecimal),
            "arpc": .hexadecimal(answer.prefix(cryptogram.responseCryptogramLength)), "tag91": .hexadecimal(answer),
        ]
        return .init(output, steps: [("diversification_data", try inputs.diversificationData().hexadecimal)])
    }

    static func padded(_ data: [UInt8], _ padding: MACPadding) -> String {
        MessageAuthentication.blocks(data, padding).map(\.hexadecimal).joined()
    }

    static func cryptogramVersion(_ inputs: Inputs) throws -> CryptogramVersion {
        switch inputs.calculation.cryptogramVersion {
        case "visa10": return .visa10
        case "visa17": return .visa17
        case "visa18": return .visa18
        case "visa22": return .visa22
        case "mc16": return .mastercard16
        case "mc17": return .mastercard17
        case "mc20": return .mastercard20
        case "mc21": return .mastercard21
        default: throw CalculatorError.invalid("cvn", "visa10, visa17, visa18, visa22, mc16, mc17, mc20 or mc21")
        }
    }

    /// What DE 55 holds.
    static func chipData(_ inputs: Inputs) throws -> ChipData {
        let bytes = try inputs.bytes("de55")
        let objects: [TLV]
        do {
            objects = try TLV.parse(bytes)
        } catch {
            throw CalculatorError.invalid("de55", "BER-TLV; it is cut or malformed at byte \(error.offset)")
        }
        return try ChipData { tag in objects.first { $0.tag == tag }.map { Array(bytes[$0.value]) } }
    }

    static func response(_ inputs: Inputs) throws -> ChipResponse {
        guard inputs.has("csu") else { return .responseCode(try inputs.block("arpc_rc")) }
        let proprietary = inputs.has("proprietary_auth_data") ? try inputs.bytes("proprietary_auth_data") : []
        return .cardStatusUpdate(try inputs.block("csu"), proprietary: proprietary)
    }
}

extension CardKey<BlockCipher> {
    var shown: String { withExposedKey { hexText($0) } }
}

extension SessionKey<BlockCipher> {
    var shown: String { withExposedKey { hexText($0) } }
}
