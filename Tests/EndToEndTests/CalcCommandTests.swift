import Foundation
import TestSupport
import Testing

/// The calculator through the built program, as an integrator calls it.
@Suite struct `The calculator's command` {
    @Test func `answers the vectors' own objects, one a line`() throws {
        var input = ""
        var expected: [NSDictionary] = []
        for file in [
            "cvv", "dynamic", "pvv", "ibm3624", "pinblocks", "emv", "issuer-scripts", "kcv", "mac", "tr31",
        ] {
            for vector in try Self.vectors(file) {
                input += String(decoding: try JSONSerialization.data(withJSONObject: vector), as: UTF8.self) + "\n"
                expected.append(try Self.answer(to: vector))
            }
        }
        let (status, output, errors) = try run(["calc", "--batch"], input)
        #expect(status == 0, "\(errors)")
        let answers = try output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? NSDictionary)
        }
        #expect(answers == expected)
        #expect(answers.count == 282)
    }

    @Test func `shows the steps, then the answer`() throws {
        let (status, output, _) = try run([
            "calc", "cvv", "cvk=0123456789ABCDEFFEDCBA9876543210", "pan=4123456789012345", "expiry=8701",
            "service_code=111",
        ])
        #expect(status == 0)
        #expect(
            output == """
                  data = 41234567890123458701111000000000
                  final_block = 8D5625FA78011A0C
                cvv = 856

                """
        )
    }

    @Test(arguments: [
        (["cvv", "cvk=visa.cvk", "pan=4123456789012345", "expiry=8701", "service_code=111"], "not_a_test_key: "),
        (["cvv", "pan=4123456789012345", "expiry=8701", "service_code=111"], "invalid_input: cvk "),
        (["decode", "format=0", "clear_block=041277CDDEEFF6", "pan=5544332211009966"], "block_not_8_bytes: "),
        (["decode", "format=5", "clear_block=041277CDDEEFF669", "pan=5544332211009966"], "invalid_input: format "),
        (["sorcery"], "unknown_operation: "),
        (
            ["des_odd_parity", "key=00", "pan=4123456789012345", "kez=00"],
            "unknown_input: kez, pan; des_odd_parity takes key\n"
        ),
        (["cvv", "format=x"], "unknown_input: format; cvv takes cvk, pan, expiry, service_code\n"),
        (["kcv_tdes_zero_block", "key=00", "key=00"], "repeated_input: key; kcv_tdes_zero_block takes key\n"),
        (["decode", "format=0", "format=x"], "repeated_input: format; decode takes format, clear_block, pan\n"),
    ])
    func `names what it refuses`(_ row: (arguments: [String], error: String)) throws {
        let (status, output, errors) = try run(["calc"] + row.arguments)
        #expect(status == 1 && output.isEmpty)
        #expect(errors.hasPrefix("aval: \(row.error)"), "\(errors)")
    }

    @Test func `goes on after a line that is no calculation, and says so at the end`() throws {
        let (status, output, _) = try run(
            ["calc", "--batch"],
            """
            nonsense
            {"id":"a","op":"des_odd_parity","in":{"key":"00"}}
            {"id":"b","op":"des_odd_parity","in":{"key":"XY"}}
            {"id":"c","op":"des_odd_parity","in":{"key":"00","\\u006bey":"01"}}
            {"id":"d","op":"aes_cmac","format":1,"in":{"kez":"00"}}
            """
        )
        #expect(status == 1)
        #expect(
            output == """
                {"error":"not_a_calculation","id":null}
                {"id":"a","out":{"key":"01"}}
                {"error":"not_a_test_key","id":"b"}
                {"error":"repeated_input (key; des_odd_parity takes key)","id":"c"}
                {"error":"unknown_input (format, kez; aes_cmac takes key, data)","id":"d"}

                """
        )
    }

    private static func vectors(_ file: String) throws -> [[String: Any]] {
        let url = TestEnvironment.repository.appendingPathComponent("Tests/Vectors/crypto-\(file).json")
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
        return try #require(json?["vectors"] as? [[String: Any]])
    }

    private static func answer(to vector: [String: Any]) throws -> NSDictionary {
        let output = try #require(vector["out"] as? [String: Any])
        guard let error = output["error"] as? String else { return ["id": vector["id"] ?? "", "out": output] }
        // The rest of the text is for people.
        return ["id": vector["id"] ?? "", "error": String(error.prefix { $0 != " " })]
    }

    private func run(
        _ arguments: [String],
        _ input: String = ""
    ) throws -> (status: Int32, output: String, errors: String) {
        try AvalProcess.command(
            arguments,
            on: try SharedServer.installation.database,
            settings: AvalProcess.withoutDatabase,
            input: input
        )
    }
}
