import ISO8583

/// What arguments may hold of card numbers, which others see in the list of processes and in the shell's history: those
/// of the test range.
enum CardNumberArguments {
    /// The test range of `aval demo`.
    static func isOfTestRange(_ number: some StringProtocol) -> Bool { number.hasPrefix(DemoCommand.bin) }

    /// Whether digits in a text pass for a card number outside the test range.
    static func hold(_ text: String) -> Bool {
        var others: [UInt8] = []
        var run: [UInt8] = []
        for byte in Array(text.utf8) + [0] {
            if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                run.append(byte)
            } else {
                let isTest = (12...19).contains(run.count) && isOfTestRange(String(decoding: run, as: UTF8.self))
                // What stands behind it in a track passes for a number one time in ten.
                if isTest, "=D^".utf8.contains(byte) { break }
                others += isTest ? [] : run
                others.append(byte)
                run = []
            }
        }
        return maskingCardNumbers(others, evenGlued: false) != others
    }

    /// The same for DE 55 in hexadecimal, of BER-TLV: in other values than those of the card's data, such as cryptograms,
    /// one in ten long runs of digits would pass by chance.
    static func hold(chipData text: String) -> Bool {
        guard let bytes = hexBytes(text), let objects = try? TLV.parse(bytes) else { return hold(text) }
        return objects.contains { object in
            let name = TLV.name(of: object.tag)
            guard StorageAllowList.cardDataTags.contains(name) else { return false }
            let value = bytes[object.value]
            if textTags.contains(name) { return hold(String(decoding: value, as: UTF8.self)) }
            // What follows the separator of track 2 is as random.
            return hold(String(hexText(value).prefix { $0 != "D" }))
        }
    }

    /// Of card data, those in characters (EMV Book 3, annex A): of track 1, and the holder's name.
    private static let textTags: Set<String> = ["56", "5F20", "9F0B", "9F1F"]
}
