import CardCalculator
import Foundation
import Testing

/// The shared vectors of payment cryptography, each through the calculator and so through every operation's own code.
@Suite struct `Vectors of payment cryptography` {
    /// How many there are of each operation. A vector that was not run would not be missed otherwise.
    static let counts: [String: [String: Int]] = [
        "cvv": ["cvv": 57],
        "dynamic": ["dcvv_visa": 8, "cvc3_mastercard": 8, "cavv_visa_cvv_with_atn": 6],
        "pvv": ["pvv": 24],
        "ibm3624": ["ibm3624": 19, "decimalise_only": 1],
        "pinblocks": [
            "encode_encrypt": 21, "decode": 14, "pan_field_format4": 3, "decrypt_decode": 3, "tdes_ecb_block": 3,
            "encode": 1,
        ],
        "emv": ["arqc_arpc": 34, "key_derivation": 9, "ac_raw": 4],
        "issuer-scripts": ["issuer_script_mac": 8],
        "kcv": ["kcv_tdes_zero_block": 14, "kcv_aes_cmac_zero_block": 5, "des_odd_parity": 2],
        "mac": ["iso9797_1_alg3_retail": 10, "iso9797_1_alg1_tdes_cbc": 4, "aes_cmac": 3],
        "tr31": ["unwrap": 16, "unwrap_negative": 5],
    ]

    @Test(arguments: counts.keys.sorted())
    func `give their outputs`(_ file: String) throws {
        var ran: [String: Int] = [:]
        for vector in try Vector.all(of: file) {
            ran[vector.calculation.operation, default: 0] += 1
            #expect(vector.answer() == vector.expected, "\(vector.calculation.id ?? "")")
        }
        #expect(ran == Self.counts[file])
    }

    @Test(arguments: ["cvv", "pvv"])
    func `give their intermediate values`(_ file: String) throws {
        var ran = 0
        for vector in try Vector.all(of: file) {
            guard let expected = vector.intermediate else { continue }
            let steps = try CardCalculator.answer(vector.calculation).steps
            for (name, value) in expected {
                #expect(steps.first { $0.name == name }?.value == value, "\(vector.calculation.id ?? "") \(name)")
            }
            ran += 1
        }
        #expect(ran == (file == "cvv" ? 53 : 24))
    }
}

/// One entry of a vector file.
struct Vector: Decodable {
    let calculation: Calculation
    let expected: [String: CalculatorValue]
    let intermediate: [String: String]?

    private enum CodingKeys: String, CodingKey {
        case out, intermediate
    }

    init(from decoder: any Decoder) throws {
        calculation = try Calculation(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let output = try container.decode([String: CalculatorValue].self, forKey: .out)
        if case .text(let error) = output["error"] {
            // The rest of the text is for people.
            expected = ["error": .text(error.split(separator: " ").first.map(String.init) ?? "")]
        } else {
            expected = output
        }
        intermediate = try container.decodeIfPresent([String: String].self, forKey: .intermediate)
    }

    /// What the calculator gives, an error's code included.
    func answer() -> [String: CalculatorValue] {
        do throws(CalculatorError) {
            return try CardCalculator.answer(calculation).output
        } catch {
            return ["error": .text(error.code)]
        }
    }

    static func all(of file: String) throws -> [Vector] {
        struct File: Decodable {
            var vectors: [Vector]
        }
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Vectors/crypto-\(file).json").standardized
        return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).vectors
    }
}
