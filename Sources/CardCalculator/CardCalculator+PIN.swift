import CardCryptography
import ISO8583

/// PIN blocks and PIN verification.
extension CardCalculator {
    static let pinOperations: [String: Operation] = [
        "encode": Operation("format pin pan fill_nibbles", encode),
        "decode": Operation("format clear_block pan", decode),
        "encode_encrypt": Operation("format pin pan fill_nibbles key_tdes key_aes random_hex16", encodeAndEncrypt),
        "decrypt_decode": Operation("format encrypted_block pan key_tdes key_aes", decryptAndDecode),
        "pan_field_format4": Operation("format pan", panFieldOfFormat4),
        "translate": Operation("format format_to encrypted_block key key_to pan", translate),
        "pvv": Operation("pvk pan pvki pin", pvv),
        "ibm3624": Operation(
            "pvk decimalisation_table validation_data pin",
            remarks: ["pan", "validation_from_pan"],
            ibm3624
        ),
        "decimalise_only": Operation("encrypted_validation_data decimalisation_table pin_length", decimalise),
    ]

    private static func encode(_ inputs: Inputs) throws -> CalculationResult {
        let clear = try clearBlock(inputs, try format(inputs))
        return .init(["clear_block": .text(clear.hexadecimal)], steps: try fields(inputs, clear))
    }

    private static func decode(_ inputs: Inputs) throws -> CalculationResult {
        let block = try inputs.pinBlock("clear_block")
        let pin = try format(inputs).pin(ofClearBlock: block, pan: try inputs.optionalPAN())
        return .init(["pin": pin.shown], steps: try fields(inputs, block))
    }

    private static func encodeAndEncrypt(_ inputs: Inputs) throws -> CalculationResult {
        let format = try format(inputs)
        guard format != .format4 else { return try encodeAndEncrypt4(inputs) }
        let clear = try clearBlock(inputs, format)
        let encrypted = try BlockCipher(.tripleDES, key: try inputs.keyBytes("key_tdes")).encrypt(clear)
        return .init(
            ["clear_block": .text(clear.hexadecimal), "encrypted_block": .text(encrypted.hexadecimal)],
            steps: try fields(inputs, clear)
        )
    }

    private static func encodeAndEncrypt4(_ inputs: Inputs) throws -> CalculationResult {
        let random: UInt64 =
            inputs.has("random_hex16")
            ? try inputs.block("random_hex16") : try PINBlockFormat.format4.randomFill()
        let field = PINBlockFormat4.pinField(try inputs.pin(), random: random)
        let panField = try panField4(inputs)
        let key = try inputs.key("key_aes", .aes, .pinEncryption)
        let encrypted = try PINBlockFormat4.encrypt(pinField: field, panField: panField, key: key)
        let first = try BlockCipher(.aes, key: try inputs.keyBytes("key_aes")).encrypt(field)
        let output: [String: CalculatorValue] = [
            "pin_field": .text(field.hexadecimal), "pan_field": .text(panField.hexadecimal),
            "encrypted_block": .text(encrypted.hexadecimal),
        ]
        return .init(
            output,
            steps: [
                ("encrypted_pin_field", first.hexadecimal), ("with_pan_field", (first ^ panField).hexadecimal),
            ]
        )
    }

    private static func decryptAndDecode(_ inputs: Inputs) throws -> CalculationResult {
        let format = try format(inputs)
        guard format == .format4 else {
            let block = try inputs.pinBlock("encrypted_block")
            let clear = try BlockCipher(.tripleDES, key: try inputs.keyBytes("key_tdes")).decrypt(block)
            let pin = try format.pin(ofClearBlock: clear, pan: try inputs.optionalPAN())
            return .init(["pin": pin.shown], steps: [("clear_block", clear.hexadecimal)] + (try fields(inputs, clear)))
        }
        guard let block = UInt128(bytes: try inputs.bytes("encrypted_block")) else {
            throw PaymentCryptographyError.blockNot16Bytes
        }
        let panField = try panField4(inputs)
        let pin = try PINBlockFormat4.pin(
            ofEncrypted: block,
            panField: panField,
            key: try inputs.key("key_aes", .aes, .pinEncryption)
        )
        let cipher = try BlockCipher(.aes, key: try inputs.keyBytes("key_aes"))
        let first = try cipher.decrypt(block)
        return .init(
            ["pin": pin.shown],
            steps: [
                ("decrypted_block", first.hexadecimal), ("pan_field", panField.hexadecimal),
                ("pin_field", try cipher.decrypt(first ^ panField).hexadecimal),
            ]
        )
    }

    /// The length above 12 is the first digit, the number follows, and zeros are the rest.
    private static func panFieldOfFormat4(_ inputs: Inputs) throws -> CalculationResult {
        let field = try panField4(inputs).hexadecimal
        let count = max(12, try inputs.text("pan").utf8.count)
        return .init(
            ["pan_field": .text(field)],
            steps: [
                ("length_above_12", String(field.prefix(1))), ("number", String(field.dropFirst().prefix(count))),
                ("fill", String(field.dropFirst(1 + count))),
            ]
        )
    }

    /// Inputs `encrypted_block`, `key`, `format_to`, `key_to` and `pan`, besides the format.
    private static func translate(_ inputs: Inputs) throws -> CalculationResult {
        let (format, target) = (try format(inputs), try self.format(try inputs.number("format_to", in: 0...4)))
        let given = try PINBlock(format, encrypted: try inputs.bytes("encrypted_block"))
        let (pan, key) = (try inputs.pan(), try inputs.key("key", format.algorithm, .pinEncryption))
        let block = try given.translated(
            to: target,
            pan: pan,
            from: key,
            to: try inputs.key("key_to", target.algorithm, .pinEncryption)
        )
        let pin = try given.pin(pan: pan, key: key).withExposedDigits { String(decoding: $0, as: UTF8.self) }
        return .init(["encrypted_block": .text(block.withExposedBytes { hexText($0) })], steps: [("pin", pin)])
    }

    private static func pvv(_ inputs: Inputs) throws -> CalculationResult {
        let parameter = try VisaPVV.securityParameter(
            pin: try inputs.pin(),
            pan: try inputs.pan(),
            keyIndex: UInt8(try inputs.number("pvki", in: 0...6))
        )
        let encrypted = try VisaPVV.encrypted(parameter, key: try inputs.key("pvk", .tripleDES, .visaPVV))
        return .init(
            ["pvv": VisaPVV.value(of: encrypted).shown],
            steps: [("tsp", parameter.hexadecimal), ("encrypted", encrypted.hexadecimal)]
        )
    }

    private static func ibm3624(_ inputs: Inputs) throws -> CalculationResult {
        let pin = try inputs.pin()
        let (data, table) = (try inputs.block("validation_data", as: UInt64.self), try table(inputs))
        let key = try inputs.key("pvk", .tripleDES, .ibm3624)
        let encrypted = try IBM3624.encrypted(data, key: key)
        let natural = try IBM3624.naturalPIN(validationData: data, table: table, length: pin.length, key: key)
        return .init(
            ["natural_pin": natural.shown, "offset": try IBM3624.offset(of: pin, natural: natural).shown],
            steps: [("encrypted", encrypted.hexadecimal), ("decimalised", table.decimal(encrypted).hexadecimal)]
        )
    }

    private static func decimalise(_ inputs: Inputs) throws -> CalculationResult {
        let block = try inputs.block("encrypted_validation_data", as: UInt64.self)
        let digits = try table(inputs).decimal(block).hexadecimal
        let length = try inputs.number("pin_length", in: PIN.lengths)
        return .init(
            ["newpin": .text(digits), "pin": .text(String(digits.prefix(length)))],
            // Each digit stands above the one that the table gives for it.
            steps: [("hexadecimal", block.hexadecimal), ("decimalised", digits)]
        )
    }

    /// What a clear block of formats 0 to 3 is the sum of.
    private static func fields(_ inputs: Inputs, _ clear: UInt64) throws -> [(name: String, value: String)] {
        let panField = try format(inputs).panField(try inputs.optionalPAN())
        return [("pin_field", (clear ^ panField).hexadecimal), ("pan_field", panField.hexadecimal)]
    }

    private static func table(_ inputs: Inputs) throws -> IBM3624.DecimalisationTable {
        guard let table = IBM3624.DecimalisationTable(ascii: try inputs.text("decimalisation_table").utf8) else {
            throw CalculatorError.invalid("decimalisation_table", "16 digits")
        }
        return table
    }

    private static func clearBlock(_ inputs: Inputs, _ format: PINBlockFormat) throws -> UInt64 {
        let pin = try inputs.pin()
        var fill = try format.randomFill()
        if inputs.has("fill_nibbles") {
            let text = try inputs.text("fill_nibbles")
            guard text.utf8.count == 14 - pin.length, let given = UInt64(text, radix: 16) else {
                throw CalculatorError.invalid("fill_nibbles", "\(14 - pin.length) hexadecimal digits")
            }
            fill = given
        }
        return try format.clearBlock(pin, pan: try inputs.optionalPAN(), fill: fill)
    }

    /// Format 4 is defined for shorter card numbers than networks use.
    private static func panField4(_ inputs: Inputs) throws -> UInt128 {
        let text = try inputs.text("pan")
        guard (1...PAN.lengths.upperBound).contains(text.utf8.count) else {
            throw CalculatorError.invalid("pan", "1 to 19 digits")
        }
        return PINBlockFormat4.panField(try inputs.digits("pan", count: text.utf8.count))
    }

    private static func format(_ inputs: Inputs) throws -> PINBlockFormat {
        try format(inputs.calculation.format ?? -1)
    }

    private static func format(_ number: Int) throws -> PINBlockFormat {
        guard let format = UInt8(exactly: number).flatMap(PINBlockFormat.init) else {
            throw CalculatorError.invalid("format", "0 to 4")
        }
        return format
    }
}
