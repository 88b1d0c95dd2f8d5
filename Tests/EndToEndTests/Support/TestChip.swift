import ChildProcess
import Foundation

/// A card's chip of Visa's cryptogram version 10, played with OpenSSL apart from the code that is tested: the card's key
/// by option A of EMV Book 2, A1.4.1, cryptograms by its A1.2.1, answers by 8.2.1. Gives element 55 in hexadecimal.
struct TestChip {
    /// Master key of application cryptograms.
    static let masterKey = "0123456789ABCDEFFEDCBA9876543210"

    /// Halves of the card's key.
    let left: String
    let right: String

    init(pan: String) throws {
        let digits = String((pan + "00").suffix(16))
        let inverted = hexadecimal(try Self.bytes(digits).map { ~$0 })
        left = try Self.cipher("des-ede", Self.masterKey, digits)
        right = try Self.cipher("des-ede", Self.masterKey, inverted)
    }

    /// A payment in euros in Spain, on the day that the message says.
    ///
    /// - Parameters:
    ///   - amount: in cents.
    ///   - signed: what the card signs in place of `amount`.
    func payment(_ amount: Int, counter: UInt16, date: String, signed: Int? = nil) throws -> String {
        func text(_ amount: Int) -> String { String(format: "%012d", amount) }
        let counter = String(format: "%04X", counter)
        let objects = [
            ("9F02", text(amount)), ("9F03", text(0)), ("9F1A", "0724"), ("95", "0080048000"), ("5F2A", "0978"),
            ("9A", date), ("9C", "00"), ("9F37", "30901B6A"), ("82", "1980"), ("9F36", counter),
        ]
        let told = objects.map { $0.1 }.joined()
        let cryptogram = try mac(text(signed ?? amount) + told.dropFirst(12) + "03A0B0C0")
        let all = objects + [("9F10", "06010A03A0B0C0"), ("9F26", cryptogram), ("9F27", "80"), ("5F34", "00")]
        return all.map { $0.0 + String(format: "%02X", $0.1.utf8.count / 2) + $0.1 }.joined()
    }

    /// Tag 91 of the answer to a payment.
    ///
    /// - Parameter code: authorisation response code, two characters.
    func answer(to payment: String, _ code: String) throws -> String {
        guard let cryptogram = payment.range(of: "9F2608").map({ payment[$0.upperBound...].prefix(16) }) else {
            throw AvalProcess.Problem(description: "no cryptogram")
        }
        let code = Array(code.utf8)
        var bytes = try Self.bytes(String(cryptogram))
        for index in code.indices { bytes[index] ^= code[index] }
        return try Self.cipher("des-ede", left + right, hexadecimal(bytes)) + hexadecimal(code)
    }

    /// ISO/IEC 9797-1 algorithm 3 over the data padded with zeros.
    func mac(_ data: String) throws -> String {
        let padded = data + String(repeating: "0", count: (16 - data.utf8.count % 16) % 16)
        let last = String(try Self.cipher("des-ede-cbc", left + left, padded).suffix(16))
        let opened = try Self.cipher("des-ede", right + right, last, decrypting: true)
        return try Self.cipher("des-ede", left + left, opened)
    }

    static func cipher(
        _ name: String,
        _ key: String,
        _ data: String,
        decrypting: Bool = false
    ) throws -> String {
        var arguments = ["enc", "-\(name)", "-K", key, "-nopad", decrypting ? "-d" : "-e"]
        if name.hasSuffix("cbc") { arguments += ["-iv", "0000000000000000"] }
        return hexadecimal(Array(try ChildProcess.run("/usr/bin/openssl", arguments, input: .bytes(try bytes(data)))))
    }

    static func bytes(_ digits: String) throws -> [UInt8] {
        let bytes = stride(from: 0, to: digits.utf8.count, by: 2).compactMap {
            UInt8(String(digits.dropFirst($0).prefix(2)), radix: 16)
        }
        guard bytes.count * 2 == digits.utf8.count else { throw AvalProcess.Problem(description: "no hexadecimal") }
        return bytes
    }
}

func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02X", $0) }.joined() }
