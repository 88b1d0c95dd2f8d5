import Testing

@testable import ISO8583

@Suite struct `The check of characters` {
    @Test(arguments: ContentClass.allCases)
    func `finds the first character that a class does not allow, at any place of a value of any length`(
        content: ContentClass
    ) {
        let sign: [UInt8] = content == .signedAmount ? [UInt8(ascii: "D")] : []
        for count in 0...40 {
            let good = (0..<count).map { UInt8(ascii: "0") + UInt8($0 % 10) }
            #expect(check(sign + good, content) == nil)
            for place in 0..<count {
                for byte in UInt8.min ... .max {
                    var value = sign + good
                    value[sign.count + place] = byte
                    let isAllowed = Self.isAllowed(byte, content)
                    let found = check(value, content)
                    guard found != (isAllowed ? nil : sign.count + place) else { continue }
                    Issue.record("\(content) \(byte) at \(place) of \(count): \(String(describing: found))")
                }
            }
        }
    }

    @Test func `of several wrong characters the first is found`() {
        for count in 2...40 {
            for place in 0..<count - 1 {
                var value = [UInt8](repeating: UInt8(ascii: "1"), count: count)
                value[place] = UInt8(ascii: "A")
                value[count - 1] = UInt8(ascii: "?")
                #expect(check(value, .numeric) == place)
                #expect(check(value, .track) == place)
            }
        }
    }

    @Test func `bytes of any length are appended as they are, and nothing after them is touched`() {
        for count in 0...40 {
            for before in 0...9 {
                let value = (0..<count).map { UInt8($0 + 1) }
                let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64)
                defer { output.deallocate() }
                output.initialize(repeating: 0xEE)
                var writer = ByteWriter(output: output)
                writer.append(repeating: 0xAA, count: before)
                value.withUnsafeBufferPointer { writer.append($0) }
                let rest = [UInt8](repeating: 0xEE, count: 64 - before - count)
                #expect(writer.count == before + count)
                #expect(Array(output) == [UInt8](repeating: 0xAA, count: before) + value + rest)
            }
        }
    }

    private static func isAllowed(_ byte: UInt8, _ content: ContentClass) -> Bool {
        switch content {
        case .numeric, .signedAmount: (0x30...0x39).contains(byte)
        case .track: (0x30...0x39).contains(byte) || byte == 0x3D
        case .alphabetic, .alphanumeric, .alphanumericPad, .alphanumericSpecial, .numericSpecial, .binary: true
        }
    }

    private func check(_ value: [UInt8], _ content: ContentClass) -> Int? {
        value.withUnsafeBufferPointer { firstNotAllowed(by: content, $0) }
    }
}
