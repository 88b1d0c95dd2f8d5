import Testing

@testable import ISO8583

@Suite struct `A card number in free text` {
    static let masked: [(text: String, kept: String)] = [
        ("4000 0000 0000 0002", "4000 00** **** 0002"), ("4000-0000-0000-0002", "4000-00**-****-0002"),
        ("4000.0000.0000.0002", "4000.00**.****.0002"), ("4000/0000/0000/0002", "4000/00**/****/0002"),
        ("400000 0000000002", "400000 ******0002"), ("4000 0000-0000.0002", "4000 00**-****.0002"),
        ("4-0-0-0-0-0-0-0-0-0-0-0-0-0-0-2", "4-0-0-0-0-0-*-*-*-*-*-*-0-0-0-2"),
        // Of 13, 14, 15 and 19 digits.
        ("4222 2222 2222 2", "**** **** **** *"), ("3056 930902 5904", "3056 93**** 5904"),
        ("3782 822463 10005", "3782 82**** *0005"), ("6304 9999 9999 9999 994", "6304 99** **** ***9 994"),
        // Among words and other numbers.
        ("card: 4000 0000 0000 0002, thanks", "card: 4000 00** **** 0002, thanks"),
        ("REF4000 0000 0000 0002", "REF4000 00** **** 0002"),
        ("exp 12/2030 4000 0000 0000 0002 123", "exp 12/2030 4000 00** **** 0002 123"),
        ("4000 0000 0000 0002 4000 0000 0000 0002", "4000 00** **** 0002 4000 00** **** 0002"),
        ("400000 0000000002=30122011234", "400000 ******0002=***********"),
        ("4000 0000 0000 0002^DOE/JANE^3012", "4000 00** **** 0002^*************"),
        // Sixteen digits pass, and so do nineteen that have them at their beginning: neither is shown more of.
        ("4000 0000 0000 0002 606", "4000 00** **** ***2 606"),
        // With other signs between the groups, more than one, and groups of other sizes.
        ("4000_0000_0000_0002", "4000_00**_****_0002"), ("4000:0000:0000:0002", "4000:00**:****:0002"),
        ("4000--0000--0000--0002", "4000--00**--****--0002"), ("4000  0000  0000  0002", "4000  00**  ****  0002"),
        ("4000, 0000, 0000, 0002", "4000, 00**, ****, 0002"), ("40000000 00000002", "400000** ****0002"),
        ("4000 0000 00000002", "4000 00** ****0002"), ("400000-0000000002", "400000-******0002"),
        ("99000000_00000010", "990000**_****0010"),
        // With spaces, dashes and digits of Unicode: a digit of three bytes becomes three asterisks.
        ("4000\u{A0}0000\u{2009}0000\u{202F}0002", "4000\u{A0}00**\u{2009}****\u{202F}0002"),
        ("4000\u{2013}0000\u{2014}0000\u{2212}0002", "4000\u{2013}00**\u{2014}****\u{2212}0002"),
        ("\u{FF14}000\u{FF10}\u{FF10}\u{FF10}000000002", "\u{FF14}000\u{FF10}\u{FF10}********0002"),
        ("\u{664}\u{660}00 0000 00\u{660}\u{660} 0002", "\u{664}\u{660}00 00** ****** 0002"),
        ("40000\u{6F0}000000000\u{6F2}", "40000\u{6F0}******000\u{6F2}"),
        // Glued to other digits: nobody knows where it begins.
        ("202611224000000000000002", "************************"), ("40000000000000021", "*****************"),
        ("at 2026112299000000000000107", "at *************************"),
        // Without separators.
        ("ref 4000000000000002 x", "ref 400000******0002 x"), ("400000000002", "************"),
    ]

    @Test(arguments: masked)
    func `is masked, however it is grouped`(_ row: (text: String, kept: String)) {
        #expect(row.text.withoutCardNumbers == row.kept)
    }

    @Test(arguments: [
        // No check digit, too few digits, signs as between columns, letters.
        "4000 0000 0000 0003", "4000 0000 0000", "4000    0000    0000    0002", "4000 and 0000 0000 0002",
        // Dates and moments, of which the second one's digits would pass.
        "2026-11-21 2026-12-21", "2026-11-21 2006-11-21", "2026-11-21 22.42.30", "21.11.2026 - 28.11.2026",
        "20261121 224230", "2026-11-21 22:42:30.123456",
        // Phone numbers, amounts, postal codes, an address, ids.
        "+49 30 1234 5678", "+1 415 555 2671", "1.234.567.890,00", "1250.00 EUR 99.50 EUR", "28013 Madrid 4000-123",
        "192.168.100.200", "2f1d4c3a-1234-4123-8123-123456789012", "INV-2026-000123", "",
    ])
    func `is not what else has digits in it`(_ text: String) {
        #expect(text.withoutCardNumbers == text)
        #expect(!text.holdsCardNumber)
    }

    @Test(arguments: [
        "4000000000000002", "order-4000-0000-0000-0002", "pay_4000000000000002_1", "card4000000000000002",
        "378282246310005", "6304999999999999994", "x?pan=4000.0000.0000.0002",
        // In groups of other sizes, with other signs.
        "40000000-00000002", "400000-0000000002", "4000-0000-00000002", "4000_0000_0000_0002", "4000:0000:0000:0002",
        "4000--0000--0000--0002", "99000000-00000010", "\u{FF14}000-0000-0000-0002",
        // Of schemes in other countries, and of 14 digits.
        "81000000000000021", "20261122-8100000000000002", "97920000-00000003", "3000-000000000004", "305693090259041",
        // Glued to a date, a count and a CVV2; also where all of it has a right check digit by chance.
        "202611224000000000000002", "40000000000000021", "4000000000000002917", "20261122-4000000000000002",
        "202611229900000000000010", "99000000000000101", "64000000000000002", "04000000000000002",
        // Between a date or a moment and a count.
        "202611224000000000000002001", "202611221015304000000000000002001", "176376495040000000000000021",
        "176376495012340000000000000021",
        // Beside what is drawn at random.
        "3f1d4c3a-1b2c-4a23-8400-000000000009-4000000000000002", "4000-0000-0000-0002-0123456789abcdef0123456789abcdef",
        // In the form of a UUID of no version.
        "40000000-0000-0002-0000-000000000000",
    ])
    func `is found in what is kept as it is`(_ text: String) {
        #expect(text.holdsCardNumber)
    }

    /// One in ten of their numbers has the right check digit.
    @Test(arguments: [
        // Of Unix time in milliseconds and microseconds, of machines that count from 2010, and with a date.
        "1763764950004", "1763764950000006", "1989456789012345674", "20261121223000122",
        // What clients put together of a customer's number, a date and a count.
        "order-4567890-20261121-007",
        // The digits of UUIDs and of digests.
        "3f1d4c3a-1b2c-4a23-8400-000000000009", "order-40000000-4002-8120-8123-1234567890ab",
        "4000000000000002aaaabbbbccccddddeeeeffff0000111122223333444455aa",
        "40000000-0000-4002-8000-000000000000-17",
    ])
    func `is not what machines count and draw`(_ text: String) {
        #expect(!text.holdsCardNumber)
    }

    @Test(arguments: [
        ("SHOP 4a0b0c0 000000x000y002", "SHOP 4a0b0c0 00****x**0y002"), ("74000000000000002", "7400000******0002"),
        ("4000    0000    0000    0002", "4000    00**    ****    0002"), ("4000000000000003", "4000000000000003"),
        ("40000000000000024000000000000002", "400000******0002400000******0002"),
        // Cut at its end or at its beginning, of which nothing is shown.
        ("400000000000000", "***************"), ("4000000000000", "*************"),
        ("000000000000002", "***************"), ("4000-0000 0000_000 a 17", "****-**** ****_*** a 17"),
        ("40000000000000024000000000000", "400000******0002*************"),
        ("17 000-0000000002", "17 ***-**********"), ("\u{664}00000000000000", "****************"),
        // Too little of it; or another number, which goes on or has begun before.
        ("400000000000", "400000000000"), ("4000000000000017", "4000000000000017"),
        ("3000000000000002", "3000000000000002"),
        ("10000000000002", "10000000000002"),
    ])
    func `that is known is masked whatever stands between its digits`(_ row: (text: String, kept: String)) {
        let masked = masking(Array("4000000000000002".utf8)[...], in: Array(row.text.utf8))
        #expect(String(decoding: masked, as: UTF8.self) == row.kept)
    }
}
