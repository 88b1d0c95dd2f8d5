import CardCalculator
import CardCryptography
import Testing

/// What the vectors do not ask of the calculator.
@Suite struct `The calculator` {
    private static func answer(
        _ operation: String,
        _ inputs: [String: String],
        version: String? = nil,
        format: Int? = nil
    ) throws -> [String: CalculatorValue] {
        let calculation = Calculation(
            operation: operation,
            cryptogramVersion: version,
            format: format,
            inputs: inputs.mapValues { .text($0) }
        )
        return try CardCalculator.answer(calculation).output
    }

    private static func error(_ operation: String, _ inputs: [String: String]) -> CalculatorError? {
        do {
            _ = try answer(operation, inputs)
            return nil
        } catch {
            return error as? CalculatorError
        }
    }

    /// Every operation names an input that it misses, and breaks on none.
    @Test func `refuses each operation without inputs`() {
        for name in CardCalculator.operations.keys {
            #expect(Self.error(name, [:])?.code == PaymentCryptographyError.invalidInput.rawValue, "\(name)")
        }
    }

    /// As PIN blocks under two keys that another implementation made.
    @Test func `translates PIN blocks`() throws {
        let inputs = [
            "encrypted_block": "E74A93E75C11D957", "key": "BA942A01EC6EABCD107346CB61F4F4FE",
            "key_to": "3B31CD20E5AE3B168AB3FE86E979A71F", "format_to": "0", "pan": "4761739001010119",
        ]
        let output = try Self.answer("translate", inputs, format: 0)
        #expect(output == ["encrypted_block": .text("099950F456346495")])
        let refused = inputs.merging(["format_to": "1"]) { $1 }
        #expect(throws: CalculatorError.self) { try Self.answer("translate", refused, format: 0) }
    }

    @Test(arguments: [("B", "1D22BF32387C600AD97F9B97A51311AC"), ("D", "1D22BF32387C600AD97F9B97A51311AC")])
    func `wraps keys that it unwraps again`(_ row: (version: String, protection: String)) throws {
        let wrapped = try Self.answer(
            "wrap",
            [
                "kbpk": row.protection, "version": row.version, "key_usage": "P0", "algorithm": "T",
                "mode_of_use": "E", "exportability": "N", "key": "0123456789ABCDEFFEDCBA9876543210",
            ]
        )
        guard case .text(let block) = wrapped["key_block"] else {
            Issue.record("there is no key block")
            return
        }
        let unwrapped = try Self.answer("unwrap", ["kbpk": row.protection, "key_block": block])
        #expect(unwrapped["key"] == .text("0123456789ABCDEFFEDCBA9876543210"))
        guard case .object(let header) = unwrapped["header"] else {
            Issue.record("there is no header")
            return
        }
        #expect(header["key_usage"] == .text("P0") && header["mode_of_use"] == .text("E"))
    }

    /// A block of a key store says where it lies; another one may have a label, too.
    @Test(arguments: [
        ("acme-cvk/1", true), ("acme-cvk/12/component", true), ("acme-cvk", false), ("a/b", false), ("", false),
    ])
    func `unwraps no block of a key store`(_ row: (label: String, isRefused: Bool)) throws {
        let protection = String(repeating: "1D22BF32387C600A", count: 4)
        let bytes = try #require(SecretBytes(hexadecimal: protection.utf8))
        let key = try Key(secret("0123456789ABCDEFFEDCBA9876543210"), .tripleDES, usage: .cardVerification)
        let block = KeyBlock(key, .aes, mode: .computeAndVerify, exportability: .nonExportable)
        let text = try #require(KeyVault(bytes)).seal(block, at: row.label)
        let inputs = ["kbpk": protection, "key_block": String(decoding: text, as: UTF8.self)]
        let error = Self.error("unwrap", inputs)
        #expect(error?.code == (row.isRefused ? "not_a_test_key" : nil))
        #expect(error.map { $0.message.hasPrefix("key_block ") } ?? true)
    }

    /// A part of zeros leaves the other, whose check value is published.
    @Test func `combines components`() throws {
        let inputs = [
            "algorithm": "T", "component_1": "0123456789ABCDEFFEDCBA9876543210", "kcv_1": "08D7B4",
            "component_2": "00000000000000000000000000000000", "kcv_2": "8CA64D", "kcv": "08D7B4",
        ]
        let output = try Self.answer("combine_components", inputs)
        #expect(output == ["key": .text("0123456789ABCDEFFEDCBA9876543210")])
        #expect(
            Self.error("combine_components", inputs.merging(["kcv": "08D7B5"]) { $1 })?.code == "check_value_mismatch"
        )
    }

    /// The published HMAC-SHA-256 of an empty message under an empty key.
    @Test func `makes HMACs`() throws {
        let output = try Self.answer("hmac_sha256", ["key": String(repeating: "0", count: 64), "data": ""])
        #expect(output == ["mac32": .text("B613679A0814D9EC772F95D778C35FC5FF1697C493715653C6C712144292C5AD")])
    }

    /// A published value, of which track data may carry the end.
    @Test(arguments: [
        ("39464", true), ("9464", true), ("464", true), ("465", false), ("29464", false), ("394", false),
    ])
    func `verifies a CVC3 that came`(_ received: String, _ isValid: Bool) throws {
        let inputs = [
            "imk_cvc3": "12345678123456781234567812345678", "pan": "1234567890123456", "psn": "00", "atc": "2710",
            "un": "00002710", "track_template_hex": "1234567890123456D12012061000110000000F",
        ]
        let output = try Self.answer("cvc3_mastercard", inputs.merging(["cvc3": received]) { $1 })
        #expect(output == ["cvc3_5digits": .text("39464"), "cvc3_valid": .boolean(isValid)])
        #expect(Self.error("cvc3_mastercard", inputs.merging(["cvc3": "64"]) { $1 })?.code == "invalid_input")
    }

    @Test(arguments: ["", "9F", "9F02", "9F0206", "9F02060000", "9F0206000000000000"])
    func `refuses DE 55 that is cut`(_ chipData: String) {
        let inputs = [
            "imk_ac": "0123456789ABCDEFFEDCBA9876543210", "pan": "4761739001010119", "psn": "01", "de55": chipData,
        ]
        let isWhole = chipData.isEmpty || chipData.utf8.count == 18
        #expect(Self.error("arqc_arpc", inputs)?.code == (isWhole ? "chip_data_missing" : "invalid_input"))
    }

    @Test(arguments: [CalculatorValue.text("1234567890123456"), .number(1_234_567_890_123_456)])
    func `a stored key is refused as a text and as a number`(_ key: CalculatorValue) throws {
        let inputs = ["key": key, "clear_block": .text("0000000000000000")]
        let stored = try #require(SecretBytes(hexadecimal: "1234567890123456".utf8))
        let calculation = Calculation(operation: "tdes_ecb_block", inputs: inputs)
        _ = try CardCalculator.answer(calculation)
        let error = #expect(throws: CalculatorError.self) {
            try CardCalculator.answer(calculation) { stored.isEqual(to: $0) }
        }
        #expect(error?.code == "not_a_test_key")
    }
}
