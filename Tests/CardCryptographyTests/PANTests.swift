import CardCryptography
import Testing

@Suite struct `Card numbers` {
    private static func pan(_ text: String) throws -> PAN { try #require(PAN(ascii: text.utf8)) }

    /// Published test numbers of card networks, and the example of ISO/IEC 7812-1.
    @Test(arguments: [
        "4111111111111111", "5555555555554444", "378282246310005", "30569309025904", "6011111111111117",
        "3530111333300000", "4012888888881881", "6304000000000000", "4222222222222", "79927398713000000005",
    ])
    func `known numbers have valid check digits`(_ text: String) throws {
        guard PAN.lengths.contains(text.utf8.count) else {
            #expect(PAN(ascii: text.utf8) == nil)
            return
        }
        #expect(try Self.pan(text).hasValidCheckDigit)
    }

    @Test func `every other last digit is wrong`() throws {
        for digit in 0...9 where digit != 1 {
            #expect(try !Self.pan("411111111111111\(digit)").hasValidCheckDigit)
        }
    }

    @Test(arguments: [
        "", "41111111111", "41111111111111111111", "4111 1111 1111 1111", "411111111111111x", "４１１１１１１１１１１１",
        "-11111111111", "411111111111\u{0}",
    ])
    func `anything but 12 to 19 digits is no number`(_ text: String) {
        #expect(PAN(ascii: text.utf8) == nil)
    }

    @Test(arguments: PAN.lengths)
    func `random numbers are in range, of the length and valid`(_ length: Int) throws {
        var seen: Set<[UInt8]> = []
        for bin in ["400000", "55555555"] {
            for _ in 0..<100 {
                let pan = try PAN.random(bin: bin, length: length)
                #expect(pan.hasValidCheckDigit)
                #expect(pan.begins(with: bin))
                let digits = pan.withExposedDigits { Array($0) }
                #expect(digits.count == length)
                #expect(PAN(ascii: digits) != nil)
                seen.insert(digits)
            }
        }
        // A short number of a long BIN has 1,000 possibilities, so that a few of 100 meet.
        #expect(seen.count > (length < 15 ? 150 : 190))
    }

    @Test func `random digits favour none`() throws {
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<2_000 {
            let digits = try PAN.random(bin: "400000", length: 16).withExposedDigits { Array($0) }
            for digit in digits[6..<15] { counts[Int(digit) - 48] += 1 }
        }
        // 18,000 draws: 1,800 each, standard deviation 40.
        #expect(counts.allSatisfy { (1_600...2_000).contains($0) }, "\(counts)")
    }

    @Test func `only the last four digits can be seen`() throws {
        let pan = try Self.pan("4012888888881881")
        var dumped = ""
        dump(pan, to: &dumped)
        let optional: PAN? = pan
        for text in [
            "\(pan)", String(describing: pan), String(reflecting: pan), dumped, String(reflecting: optional as Any),
            "\([pan])", String(reflecting: ["a": pan]),
        ] {
            #expect(!text.contains("4012") && !text.contains("1881") && !text.contains("8888"), "\(text)")
        }
        #expect(Mirror(reflecting: pan).children.isEmpty)
        #expect(pan.lastFour == 1_881)
        #expect(try Self.pan("411111110000").lastFour == 0)
    }

    @Test func `begins with a range only when all its digits match`() throws {
        let pan = try Self.pan("4012888888881881")
        #expect(pan.begins(with: "401288"))
        #expect(!pan.begins(with: "401289"))
    }

    @Test(arguments: [("400000", 11), ("400000", 20), ("40000000000", 12)])
    func `a range that leaves no room stops`(_ bin: String, _ length: Int) async {
        await #expect(processExitsWith: .failure) { [bin, length] in
            _ = try PAN.random(bin: bin, length: length)
        }
    }
}
