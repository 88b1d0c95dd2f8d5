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
        // As before, without separators.
        ("ref 4000000000000002 x", "ref 400000******0002 x"), ("400000000002", "************"),
    ]

    @Test(arguments: masked)
    func `is masked, however it is grouped`(_ row: (text: String, kept: String)) {
        #expect(row.text.withoutCardNumbers == row.kept)
    }

    @Test(arguments: [
        // No check digit, too few digits, two separators.
        "4000 0000 0000 0003", "4000 0000 0000", "4000  0000  0000  0002", "4000, 0000, 0000, 0002",
        // Dates and moments, of which the second one's digits would pass.
        "2026-11-21 2026-12-21", "2026-11-21 2006-11-21", "2026-11-21 22.42.30", "21.11.2026 - 28.11.2026",
        "20261121 224230",
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
    ])
    func `is not what machines count and draw`(_ text: String) {
        #expect(!text.holdsCardNumber)
    }
}
