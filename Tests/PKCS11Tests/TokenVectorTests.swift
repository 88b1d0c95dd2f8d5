import CardCryptography
import Foundation
import Testing

@testable import CardCalculator
@testable import PKCS11

extension Tokens {
    /// The shared vectors of payment cryptography that a token's mechanisms allow, through the token. The calculator reads
    /// their inputs.
    @Suite struct `Vectors of payment cryptography` {
        typealias Output = [String: CalculatorValue]

        struct Operation: Sendable {
            let file: String
            let name: String
            /// Of vectors. One that was not run would not be missed otherwise.
            let count: Int
            /// Gives nil where the token has no mechanism, or takes no such key.
            let run: @Sendable (Inputs, PKCS11HSM, String) async throws -> Output?
            var refused = 0
        }

        static let operations = [
            Operation(file: "cvv", name: "cvv", count: 57, run: cvv, refused: 4),
            Operation(file: "dynamic", name: "cavv_visa_cvv_with_atn", count: 6, run: cavv),
            Operation(file: "dynamic", name: "dcvv_visa", count: 8, run: dcvv),
            Operation(file: "dynamic", name: "cvc3_mastercard", count: 8, run: cvc3),
            Operation(file: "emv", name: "arqc_arpc", count: 34, run: cryptograms),
            Operation(file: "emv", name: "key_derivation", count: 9, run: keyDerivation),
            Operation(file: "emv", name: "ac_raw", count: 4, run: rawCryptogram),
            Operation(file: "issuer-scripts", name: "issuer_script_mac", count: 8, run: scriptMAC, refused: 4),
            Operation(file: "kcv", name: "kcv_tdes_zero_block", count: 14, run: checkValue, refused: 5),
        ]

        @Test(arguments: operations.map(\.name))
        func `give their outputs in a token`(_ name: String) async throws {
            let operation = try #require(Self.operations.first { $0.name == name })
            try await TokenWorld().run { hsm in
                var (ran, refused) = (0, 0)
                for vector in try TokenVector.all(of: operation.file) where vector.calculation.operation == name {
                    ran += 1
                    let output = try await Self.output(of: vector, by: operation, hsm, "key-\(ran)")
                    for (part, value) in output ?? [:] {
                        #expect(vector.out[part] == value, "\(vector.calculation.id ?? "") \(part)")
                    }
                    if output == nil { refused += 1 }
                }
                #expect(ran == operation.count && refused == operation.refused)
            }
        }
    }
}

extension Tokens.`Vectors of payment cryptography` {
    /// Nil also for inputs that are none.
    private static func output(
        of vector: TokenVector,
        by operation: Operation,
        _ hsm: PKCS11HSM,
        _ name: String
    ) async throws -> Output? {
        do {
            return try await operation.run(Inputs(vector.calculation), hsm, name)
        } catch let error as CalculatorError {
            guard case .text(let expected)? = vector.out["error"], expected.hasPrefix(error.code) else { throw error }
            return nil
        }
    }

    private static func value(
        _ inputs: Inputs,
        _ hsm: PKCS11HSM,
        _ name: String,
        key: String,
        expiry: String,
        serviceCode: DecimalDigits
    ) async throws -> CalculatorValue {
        let name = try await hsm.holding(try inputs.key(key, .tripleDES, .cardVerification), as: name)
        let face = CardFace(
            pan: try inputs.pan(),
            expiry: try inputs.digits(expiry, count: 4),
            serviceCode: serviceCode
        )
        let value = try await hsm.cardVerificationValue(of: face, key: name)
        #expect(try await hsm.verify(value, of: face, key: name))
        return value.shown
    }

    @Sendable private static func cvv(_ inputs: Inputs, _ hsm: PKCS11HSM, _ name: String) async throws -> Output? {
        let code = try inputs.digits("service_code", count: 3)
        return ["cvv": try await value(inputs, hsm, name, key: "cvk", expiry: "expiry", serviceCode: code)]
    }

    @Sendable private static func cavv(_ inputs: Inputs, _ hsm: PKCS11HSM, _ name: String) async throws -> Output? {
        let digits = try inputs.text("authentication_result_code") + inputs.text("second_factor_code")
        let code = try #require(DecimalDigits(ascii: digits.utf8, count: 3))
        return ["cavv_3digits": try await value(inputs, hsm, name, key: "cavv_key", expiry: "atn_4", serviceCode: code)]
    }

    private static func card(_ inputs: Inputs, _ option: String) throws -> ChipCard {
        ChipCard(
            pan: try inputs.pan(),
            sequenceNumber: try inputs.digits("psn", count: 2),
            derivation: try inputs.derivation(option)
        )
    }

    @Sendable private static func dcvv(_ inputs: Inputs, _ hsm: PKCS11HSM, _ name: String) async throws -> Output? {
        let name = try await hsm.holding(try inputs.key("imk", .tripleDES, .dynamicNumbers), as: name)
        let number = DynamicNumber.dcvv(
            expiry: try inputs.digits("expiry", count: 4),
            serviceCode: try inputs.digits("service_code", count: 3)
        )
        let counter = try #require(UInt16(try inputs.text("atc")))
        return try await found("dcvv", 3, number, counter, card(inputs, "derivation"), name, hsm)
    }

    @Sendable private static func cvc3(_ inputs: Inputs, _ hsm: PKCS11HSM, _ name: String) async throws -> Output? {
        let name = try await hsm.holding(try inputs.key("imk_cvc3", .tripleDES, .dynamicNumbers), as: name)
        let number = DynamicNumber.cvc3(
            trackTemplate: SecretBytes(try inputs.bytes("track_template_hex")),
            unpredictableNumber: try inputs.block("un")
        )
        let counter = try inputs.block("atc", as: UInt16.self)
        return try await found("cvc3_5digits", 5, number, counter, card(inputs, "derivation"), name, hsm)
    }

    /// A module verifies such values and makes none: this one is made with the token's key, then verified.
    private static func found(
        _ part: String,
        _ length: Int,
        _ number: DynamicNumber,
        _ counter: UInt16,
        _ card: ChipCard,
        _ name: KeyName,
        _ hsm: PKCS11HSM
    ) async throws -> Output? {
        let master = try hsm.held(name)
        let value = try await hsm.compute(with: name, master, to: .derive) { cipher throws(PaymentCryptographyError) in
            let key = try CardKey(master: cipher, usage: .dynamicNumbers, of: card)
            switch number {
            case .dcvv(let expiry, let code):
                return try DynamicVerification.dcvv(
                    pan: card.pan,
                    expiry: expiry,
                    serviceCode: code,
                    counter: DecimalDigits(counter: counter),
                    card: key
                )
            case .cvc3(let template, let unpredictable):
                return try DynamicVerification.cvc3(
                    trackTemplate: template,
                    unpredictableNumber: unpredictable,
                    counter: counter,
                    card: key
                )
            }
        }
        let counters = [counter &+ 1, counter]
        let right = try await hsm.verify(value, of: number, counters: counters, card: card, key: name)
        #expect(right.contains(counter))
        return [part: value.shown]
    }

    @Sendable private static func cryptograms(
        _ inputs: Inputs,
        _ hsm: PKCS11HSM,
        _ name: String
    ) async throws -> Output? {
        let name = try await hsm.holding(try inputs.key("imk_ac", .tripleDES, .applicationCryptograms), as: name)
        let chip = try CardCalculator.chipData(inputs)
        let answers = try await hsm.verify(
            chip,
            try CardCalculator.cryptogramVersion(inputs).scheme,
            of: try card(inputs, "udk_option"),
            key: name,
            responses: inputs.has("csu") || inputs.has("arpc_rc") ? [try CardCalculator.response(inputs)] : []
        )
        var output: Output = ["arqc_valid": .boolean(answers != nil)]
        if let answer = answers?.first { output["tag91"] = .hexadecimal(answer) }
        return output
    }

    @Sendable private static func keyDerivation(
        _ inputs: Inputs,
        _ hsm: PKCS11HSM,
        _ name: String
    ) async throws -> Output? {
        let name = try await hsm.holding(try inputs.key("imk", .tripleDES, .applicationCryptograms), as: name)
        let (master, card) = (try hsm.held(name), try card(inputs, "udk_option"))
        let value = try await hsm.compute(with: name, master, to: .derive) { cipher throws(PaymentCryptographyError) in
            try CardKey(master: cipher, usage: .applicationCryptograms, of: card).checkValue
        }
        return ["udk_kcv": .hexadecimal(value)]
    }

    @Sendable private static func rawCryptogram(
        _ inputs: Inputs,
        _ hsm: PKCS11HSM,
        _ name: String
    ) async throws -> Output? {
        let name = try await hsm.holding(try inputs.key("imk_ac", .tripleDES, .applicationCryptograms), as: name)
        let (master, card) = (try hsm.held(name), try card(inputs, "udk_option"))
        let method: SessionKeyMethod =
            switch try inputs.text("session_key_method") {
            case "emv_common_atc": .common
            case "mastercard_atc_un": .mastercard
            default: .none
            }
        let (counter, unpredictable) = (
            try inputs.block("atc", as: UInt16.self), try inputs.block("un", as: UInt32.self)
        )
        let padding = try #require(MACPadding(rawValue: try inputs.number("padding_method", in: 1...2)))
        let data = try inputs.bytes("data")
        let code = try await hsm.compute(with: name, master, to: .derive) { cipher throws(PaymentCryptographyError) in
            let key = try CardKey(master: cipher, usage: .applicationCryptograms, of: card)
            let session = try SessionKey(method, card: key, counter: counter, unpredictableNumber: unpredictable)
            return try ApplicationCryptogram.cryptogram(of: data, padding, session)
        }
        return ["arqc": .text(code.hexadecimal)]
    }

    /// The session key of Visa's method is the card's with some bits inverted, which SoftHSM cannot make.
    @Sendable private static func scriptMAC(
        _ inputs: Inputs,
        _ hsm: PKCS11HSM,
        _ name: String
    ) async throws -> Output? {
        let name = try await hsm.holding(try inputs.key("imk_smi", .tripleDES, .secureMessagingIntegrity), as: name)
        let command = ScriptCommand(
            header: try inputs.bytes("command_header"),
            data: inputs.has("command_data") ? try inputs.bytes("command_data") : [],
            counter: try inputs.block("atc"),
            cryptogram: try inputs.block("arqc"),
            index: inputs.has("index") ? UInt8(try inputs.number("index", in: 0...255)) : 0,
            version: try CardCalculator.cryptogramVersion(inputs)
        )
        do {
            let mac = try await hsm.scriptMAC(of: command, for: try card(inputs, "udk_option"), key: name)
            return ["mac": .text(mac.hexadecimal)]
        } catch PaymentCryptographyError.unsupported {
            #expect(command.version.scriptKey == .visa)
            return nil
        }
    }

    /// Tokens take keys of double length.
    @Sendable private static func checkValue(
        _ inputs: Inputs,
        _ hsm: PKCS11HSM,
        _ name: String
    ) async throws -> Output? {
        let key = try inputs.key("key", .tripleDES, .cardVerification)
        do {
            let name = try await hsm.holding(key, as: name)
            return ["kcv3": .hexadecimal(try await hsm.checkValue(of: hsm.held(name)))]
        } catch PaymentCryptographyError.keyLength {
            #expect(key.length != WrappedCardKey.length)
            return nil
        }
    }
}

/// One entry of a vector file.
private struct TokenVector: Decodable {
    let calculation: Calculation
    let out: [String: CalculatorValue]

    private enum CodingKeys: String, CodingKey {
        case out
    }

    init(from decoder: any Decoder) throws {
        calculation = try Calculation(from: decoder)
        out = try decoder.container(keyedBy: CodingKeys.self).decode([String: CalculatorValue].self, forKey: .out)
    }

    static func all(of file: String) throws -> [TokenVector] {
        struct File: Decodable {
            var vectors: [TokenVector]
        }
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Vectors/crypto-\(file).json").standardized
        return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).vectors
    }
}
