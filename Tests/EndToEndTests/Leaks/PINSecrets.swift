import AuthorizationCore
import Foundation

/// A card's PIN in all the forms that it travels in. Four digits alone are in any file. So a PIN is looked for by itself
/// where it has twelve, and whatever its length in the field that blocks are made of, in the block before it is
/// enciphered, and in the block that was sent (ISO 9564-1, format 0).
struct PINSecrets: Hashable, Sendable {
    let digits: String
    private let field: [UInt8]
    private let clearBlock: [UInt8]
    /// Under the key of ``KeyWorld``.
    let block: [UInt8]

    /// - Parameter length: of the PIN, 4 or 12.
    init(of pan: String, length: Int, _ generator: inout SplitMix64) throws {
        digits = (0..<length).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
        let text = "0" + String(length, radix: 16, uppercase: true) + digits
        field = try TestChip.bytes(text.padding(toLength: 16, withPad: "F", startingAt: 0))
        clearBlock = zip(field, try TestChip.bytes("0000" + pan.dropLast().suffix(12))).map { $0 ^ $1 }
        block = try TestChip.bytes(
            TestChip.cipher("des-ede", TestChip.masterKey, clearBlock.map { String(format: "%02X", $0) }.joined())
        )
    }

    /// - Parameter index: of the card.
    func known(_ index: Int) -> [KnownSecret] {
        let forms = [("PIN field", field), ("clear PIN block", clearBlock), ("PIN block", block)].map {
            KnownSecret(name: "\($0.0) \(index)", content: .bytes($0.1))
        }
        return forms + (digits.utf8.count == 12 ? [KnownSecret(name: "PIN \(index)", content: .digits(digits))] : [])
    }

    /// The body with which the API sets it, under the program's key `app-pin`.
    var body: String {
        let block = block.map { String(format: "%02X", $0) }.joined()
        let key = #""key":"app-pin","key_check_value":"\#(KeyWorld.checkValue)""#
        return #"{"pin":{"block":"\#(block)","format":0,\#(key)}}"#
    }
}
