import AuthorizationCore
import Foundation
import TestSupport

/// A card with all that it can prove, under the key of ``KeyWorld``. All of it is reckoned with OpenSSL.
struct ProvingCard {
    let holder: Holder
    /// YYMM.
    let expiry: String
    /// CVV, iCVV and CVV2.
    let stripe: String
    let chip: String
    let printed: String
    /// 20 bytes of Visa's CAVV data, in hexadecimal digits.
    let cavv: String
    /// The one that is set, the one that it is changed to, and one that is never right.
    let pins: (first: PINSecrets, second: PINSecrets, wrong: PINSecrets)
    let cryptograms: TestChip

    init(_ holder: Holder, expiry: String, seed: UInt64) throws {
        var generator = SplitMix64(seed: seed &+ 100)
        let (left, right) = (String(TestChip.masterKey.prefix(16)), String(TestChip.masterKey.suffix(16)))
        func value(_ serviceCode: String) throws -> String {
            try TestChip.value(of: holder.pan + expiry + serviceCode, left: left, right: right)
        }
        (stripe, chip, printed) = (try value("201"), try value("999"), try value("000"))
        cavv = try TestChip.cavv(holder.pan)
        pins = (
            try PINSecrets(of: holder.pan, length: 12, &generator),
            try PINSecrets(of: holder.pan, length: 12, &generator),
            try PINSecrets(of: holder.pan, length: 12, &generator)
        )
        cryptograms = try TestChip(pan: holder.pan)
        self.holder = holder
        self.expiry = expiry
    }

    static func wrong(_ value: String) -> String { value.dropLast() + (value.hasSuffix("9") ? "0" : "9") }

    /// What stands behind the number in track 2.
    private func trackData(_ value: String) -> String { "\(expiry)20112345\(value)" }

    func track(_ value: String) -> String { "\(holder.pan)=\(trackData(value))" }

    /// The CAVV with another value in it: three digits from the sixth on.
    var wrongCAVV: String {
        cavv.prefix(7) + Self.wrong(String(cavv.dropFirst(7).prefix(3))) + cavv.dropFirst(10)
    }

    var known: [KnownSecret] {
        let values = [("CVV", stripe), ("iCVV", chip)].flatMap { [$0, ("wrong \($0.0)", Self.wrong($0.1))] }
        let codes = [("CVV2", printed), ("wrong CVV2", Self.wrong(printed))]
        let pins = [pins.first, pins.second, pins.wrong].enumerated().flatMap { $1.known(100 + $0) }
        return pins + values.map { KnownSecret(name: "track with \($0.0)", content: .digits(trackData($0.1))) }
            + codes.flatMap { name, code in
                [
                    KnownSecret(name: "\(name) with a CAVV", content: .text(code + cavv.prefix(12))),
                    KnownSecret(name: "\(name) of the vault", content: .text(#""cvv2":"\#(code)""#)),
                ]
            }
            + [("CAVV of the card", cavv), ("wrong CAVV of the card", wrongCAVV)].flatMap { name, digits in
                [KnownSecret(name: name, content: .text(digits)), KnownSecret(name: name, content: .digits(digits))]
            }
            + [("card's key, left", cryptograms.left), ("card's key, right", cryptograms.right)].flatMap { name, key in
                [
                    KnownSecret(name: name, content: .bytes((try? TestChip.bytes(key)) ?? [])),
                    KnownSecret(name: "digits of \(name)", content: .text(key)),
                ]
            }
            + [KnownSecret(name: "PAN of the card", content: .digits(holder.pan))]
            + KnownSecret.grouped("PAN of the card", holder.pan)
    }
}
