import CardCalculator
import CardCryptography
import Testing

@Suite struct `CAVV data` {
    /// As a message carries it: results code, second factor code, key indicator, value, end of the ATN, ATN, version.
    private static func text(
        result: String = "0",
        factor: String = "00",
        value: String = "204",
        number: String = "1108",
        version: String = "0"
    ) -> String {
        "0\(result)\(factor)010\(value)\(number)000000000000\(number)\(version)100000000"
    }

    private static func cavv(_ text: String) -> CAVV? { CAVV(SecretBytes(text.utf8)) }

    private static func text(_ value: CalculatorValue?) throws -> String {
        guard case .text(let text)? = value else { throw PaymentCryptographyError.invalidInput }
        return text
    }

    @Test func `has the parts that its value is computed of`() throws {
        let name = try #require(KeyName("cavv"))
        var ran = 0
        for vector in try Vector.all(of: "dynamic") where vector.calculation.operation == "cavv_visa_cvv_with_atn" {
            let inputs = vector.calculation.inputs
            let key = try #require(SecretBytes(hexadecimal: try Self.text(inputs["cavv_key"]).utf8))
            let module = SoftwareHSM([
                name: try Key(key, .tripleDES, usage: .cardVerification, quality: .test)
            ])
            let cavv = try #require(
                Self.cavv(
                    Self.text(
                        result: try Self.text(inputs["authentication_result_code"]),
                        factor: try Self.text(inputs["second_factor_code"]),
                        value: try Self.text(vector.expected["cavv_3digits"]),
                        number: try Self.text(inputs["atn_4"])
                    )
                )
            )
            let face = CardFace(
                pan: try #require(PAN(ascii: try Self.text(inputs["pan"]).utf8)),
                expiry: cavv.trackingNumber,
                serviceCode: cavv.authenticationCode
            )
            #expect(try module.verify(cavv.value, of: face, key: name), "\(vector.calculation.id ?? "")")
            ran += 1
        }
        #expect(ran == 6)
    }

    @Test func `comes as bytes or as hexadecimal digits`() throws {
        let text = Self.text()
        #expect(Self.cavv(text + "  ") != nil)
        let bytes = try #require(SecretBytes(hexadecimal: text.utf8))
        #expect(CAVV(bytes)?.value.withExposedDigits { $0.elementsEqual("204".utf8) } == true)
        for wrong in ["", "QUJDREVG", String(text.dropLast()), text + "0", "Z" + text.dropFirst()] {
            #expect(Self.cavv(wrong) == nil)
        }
    }

    @Test func `is none where a digit is none`() {
        for wrong in [
            Self.text(result: "A"), Self.text(factor: "0F"), Self.text(value: "2B4"), Self.text(number: "11C8"),
        ] {
            #expect(Self.cavv(wrong) == nil)
            #expect(!CAVV.isOfOtherVersion(SecretBytes(wrong.utf8)))
        }
    }

    @Test(arguments: [("0", true), ("1", true), ("2", false), ("7", false), ("F", false)])
    func `says by its version, before anything else is read, what the value is made of`(
        _ version: String,
        _ isKnown: Bool
    ) {
        for text in [Self.text(version: version), Self.text(factor: "0F", value: "2B4", version: version)] {
            #expect(CAVV.isOfOtherVersion(SecretBytes(text.utf8)) == !isKnown)
        }
        #expect((Self.cavv(Self.text(version: version)) != nil) == isKnown)
        #expect(!CAVV.isOfOtherVersion(SecretBytes(Self.text(version: version).dropLast().utf8)))
    }
}
