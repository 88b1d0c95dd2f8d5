import CardCalculator
import Testing

/// What the calculator shows on the way to an answer.
@Suite struct `The calculator's steps` {
    private static func result(
        _ operation: String,
        _ inputs: [String: String],
        version: String? = nil
    ) throws -> CalculationResult {
        try CardCalculator.answer(
            Calculation(operation: operation, cryptogramVersion: version, inputs: inputs.mapValues { .text($0) })
        )
    }

    private static func steps(
        _ operation: String,
        _ inputs: [String: String],
        version: String? = nil
    ) throws -> [String] {
        try result(operation, inputs, version: version).steps.map { "\($0.name)=\($0.value)" }
    }

    @Test func `are there for every vector that is answered`() throws {
        var ran = 0
        for file in `Vectors of payment cryptography`.counts.keys.sorted() {
            for vector in try Vector.all(of: file) {
                guard let result = try? CardCalculator.answer(vector.calculation) else { continue }
                #expect(!result.steps.isEmpty, "\(vector.calculation.operation)")
                ran += 1
            }
        }
        #expect(ran == 265)
    }

    /// Made apart with openssl: single DES as Triple DES with one key three times.
    @Test(arguments: [
        (
            "tdes_ecb_block", ["key": "BA942A01EC6EABCD107346CB61F4F4FE", "clear_block": "1234000000000000"],
            ["des_encrypted_1=D9C78B677E3AC792", "des_decrypted_2=8FFADC7051071F6F"]
        ),
        (
            "iso9797_1_alg1_tdes_cbc",
            ["key": "4F97B0945476A4A734163829A276A807", "data": "485B86F4191122334455", "padding_method": "2"],
            ["padded_data=485B86F4191122334455800000000000", "chain_1=689FB51948E90284", "chain_2=EC259F369FAB4BA1"]
        ),
        (
            "iso9797_1_alg3_retail",
            ["key": "4F97B0945476A4A734163829A276A807", "data": "485B86F4191122334455", "padding_method": "2"],
            [
                "padded_data=485B86F4191122334455800000000000", "chain_1=502414A07E67946B",
                "chain_2=2CDCDEE1128DE084", "decrypted_with_right_half=EB909673CEB094F4",
            ]
        ),
        (
            "kcv_tdes_zero_block", ["key": "4F97B0945476A4A734163829A276A807"],
            ["encrypted_zero_block=14A4C8550C4A3277"]
        ),
        (
            "kcv_aes_cmac_zero_block", ["key": "1D22BF32387C600AD97F9B97A51311AC"],
            ["cmac_of_zero_block=C016C5781128AA5C45796AAEED8E3A02"]
        ),
        (
            "des_odd_parity", ["key": "41A2AC14A90C583741A2AC14A90C5837"], ["changed_bytes=1 3 4 5 6 9 11 12 13 14"]
        ),
        (
            "decimalise_only",
            [
                "encrypted_validation_data": "E5C1BD67B66AE7C6", "decimalisation_table": "8351296477461538",
                "pin_length": "6",
            ], ["hexadecimal=E5C1BD67B66AE7C6", "decimalised=3913656466643416"]
        ),
        // Published in RFC 4493, section 4.
        (
            "aes_cmac", ["key": "2B7E151628AED2A6ABF7158809CF4F3C", "data": ""],
            [
                "encrypted_zero_block=7DF76B0C1AB899B33E42F047B91B546F", "subkey_1=FBEED618357133667C85E08F7236A8DE",
                "subkey_2=F7DDAC306AE266CCF90BC11EE46D513B",
            ]
        ),
    ])
    func `are those of another implementation`(
        _ row: (operation: String, inputs: [String: String], steps: [String])
    ) throws {
        #expect(try Self.steps(row.operation, row.inputs) == row.steps)
    }

    /// Keys derived by CMAC were made apart with openssl.
    @Test(arguments: [
        ("A", "5867FA777D39254F9C3ADED2E05654E9", "506FF27F75312D479432D6DAE85E5CE1"),
        ("B", "BCE8E2AD5D4489FD0EA5236A884DAC58", "1F9B2BDAF969C7B8B6C933AC7B9C6894"),
        ("D", "9D34279BC3218C311B796923750B809F", "987A0CA0705F165379E923A5CFC81D0D"),
    ])
    func `take key blocks apart`(_ row: (version: String, encryption: String, authentication: String)) throws {
        let (protection, key) = ("1D22BF32387C600AD97F9B97A51311AC", "0123456789ABCDEFFEDCBA9876543210")
        let wrapped = try Self.result(
            "wrap",
            [
                "kbpk": protection, "version": row.version, "key_usage": "P0", "algorithm": "T", "mode_of_use": "E",
                "exportability": "N", "key": key,
            ]
        )
        guard case .text(let block) = wrapped.output["key_block"] else {
            Issue.record("there is no key block")
            return
        }
        let opened = try Self.result("unwrap", ["kbpk": protection, "key_block": block])
        for steps in [wrapped.steps, opened.steps] {
            let steps = Dictionary(steps.map { ($0.name, $0.value) }) { $1 }
            #expect(steps["encryption_key"] == row.encryption && steps["mac_key"] == row.authentication)
            #expect(block.hasPrefix(steps["header_text"] ?? "-"))
            #expect(block.hasSuffix((steps["encrypted_key"] ?? "-") + (steps["mac"] ?? "-")))
            // 128 bits, then the key.
            #expect(steps["decrypted"]?.hasPrefix("0080" + key) == true)
        }
    }

    /// A command's key is that of the card's vectors, and its PIN was enciphered with Python's pyemv.
    @Test(arguments: [
        (
            "visa10", ["pin": "1234", "imk_ac": "0123456789ABCDEFFEDCBA9876543210"],
            "55D46494CB3B08720448D37A43D2B00C", "session_key_visa_secure_messaging"
        ),
        ("visa22", ["pin": "1234"], "8ED8926694D930D9096797DE831E95A7", "session_key_sm_common_arqc"),
        ("mc17", ["pin": "123456789012"], "8DE203B102C73ED1", "session_key_sm_common_arqc"),
    ])
    func `show how a new PIN is enciphered for a chip`(
        _ row: (version: String, inputs: [String: String], data: String, key: String)
    ) throws {
        let (key, arqc) = ("FEDCBA98765432100123456789ABCDEF", "29CCA15AE665FA2E")
        let card = ["pan": "1234567890123456", "psn": "00", "atc": "001C", "arqc": arqc]
        let inputs = card.merging(["imk_smc": key]) { $1 }.merging(row.inputs) { $1 }
        let result = try Self.result("issuer_script_pin", inputs, version: row.version)
        #expect(result.output == ["command_data": .text(row.data)])
        let keys = try Self.result("key_derivation", card.merging(["imk": key, "un": "00000000"]) { $1 }).output
        #expect(result.steps.first { $0.name == "session_key" }.map { .text($0.value) } == keys[row.key])
        let command = card.merging(["imk_smi": key, "command_header": "8424000018", "command_data": row.data]) { $1 }
        guard row.version != "mc17" else { return }
        let script = try Self.result("issuer_script_mac", command, version: row.version)
        #expect(script.steps.first { $0.name == "session_key" }.map { .text($0.value) } == keys[row.key])
        #expect(
            script.steps.first { $0.name == "mac_input_padded" }?.value
                == "8424000018001C" + arqc + row.data + "80"
        )
    }
}
