import Foundation

/// What a contactless card puts into its track, and what 3-D Secure puts into a message: like the chip's cryptograms,
/// reckoned with OpenSSL apart from the code that is tested.
extension TestChip {
    /// The value that several algorithms share: three digits out of two encryptions.
    static func value(of digits: String, left: String, right: String) throws -> String {
        let data = digits + String(repeating: "0", count: 32 - digits.utf8.count)
        let first = try cipher("des-ede", left + left, String(data.prefix(16)))
        let mixed = zip(try bytes(first), try bytes(String(data.suffix(16)))).map { $0 ^ $1 }
        let last = try cipher("des-ede", left + right, hexadecimal(mixed))
        let letters = last.filter(\.isLetter).compactMap { "ABCDEF".firstIndex(of: $0)?.utf16Offset(in: "ABCDEF") }
        return String((last.filter(\.isNumber) + letters.map { "\($0)" }.joined()).prefix(3))
    }

    /// Visa's dCVV.
    func dcvv(_ pan: String, expiry: String, serviceCode: String, counter: UInt16) throws -> String {
        let counter = String(format: "%04d", counter % 10_000)
        return try Self.value(of: counter + pan.dropFirst(4) + expiry + serviceCode, left: left, right: right)
    }

    /// The last three digits of Mastercard's CVC3.
    ///
    /// - Parameter track: as the card holds it, in hexadecimal.
    func cvc3(_ track: String, unpredictableNumber: String, counter: UInt16) throws -> String {
        let vector = String(try mac(track + "80").suffix(4))
        let block = vector + unpredictableNumber + String(format: "%04X", counter)
        let code = String(try Self.cipher("des-ede", left + right, block).suffix(4))
        return String(format: "%03d", (Int(code, radix: 16) ?? 0) % 1_000)
    }

    /// 20 bytes of Visa's CAVV data, in hexadecimal: a first authentication with the tracking number 1…1108.
    static func cavv(_ pan: String, version: String = "0") throws -> String {
        let key = (String(masterKey.prefix(16)), String(masterKey.suffix(16)))
        let value = try value(of: pan + "1108" + "007", left: key.0, right: key.1)
        return "000701" + "0" + value + "1108" + "1111111111111108" + version + "000000000"
    }
}
