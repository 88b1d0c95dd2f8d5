import AuthorizationCore
import ISO8583

/// What the messages of the test carry beside the numbers of its cards.
struct CardSecrets {
    /// Of a card that nobody has issued.
    let foreignPAN = "4895370012345671"
    /// The same, in the range of the cards.
    let unissuedPAN = "9900009876543219"
    let token = "4895379912345679"
    /// Expiry, service code and discretionary data, as behind the separator of both tracks.
    let track: String
    /// The same of the test's own cards, which has their expiry, by the card's number.
    private(set) var tracks: [String: String] = [:]
    /// Of a card that has no PIN.
    let pinBlock: [UInt8]
    /// By the card's number.
    var pins: [String: PINSecrets] = [:]
    let cavv: String

    init(_ generator: inout SplitMix64) {
        func digits(_ count: Int) -> String {
            (0..<count).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
        }
        track = "3912201" + digits(13)
        pinBlock = (0..<8).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        cavv = String((0..<40).compactMap { _ in alphabet.randomElement(using: &generator) })
    }

    /// - Parameter expiry: YYMM.
    mutating func addTrack(of pan: String, expiry: String, _ generator: inout SplitMix64) {
        tracks[pan] = expiry + "201" + (0..<13).map { _ in "\(Int.random(in: 0...9, using: &generator))" }.joined()
    }

    var known: [KnownSecret] {
        tracks.sorted { $0.key < $1.key }.enumerated().map {
            KnownSecret(name: "track data \($0)", content: .digits($1.value))
        } + [
            KnownSecret(name: "foreign PAN", content: .digits(foreignPAN)),
            KnownSecret(name: "PAN that was not issued", content: .digits(unissuedPAN)),
        ] + KnownSecret.grouped("foreign PAN", foreignPAN) + [
            KnownSecret(name: "token", content: .digits(token)),
            KnownSecret(name: "track data", content: .digits(track)),
            KnownSecret(name: "PIN block", content: .bytes(pinBlock)),
            KnownSecret(name: "CAVV", content: .text(cavv)),
        ]
    }

    /// A card payment with all that must not outlive it. In DE 48 are CVV2, CAVV and token.
    func payment(_ message: Message, pan: String) -> Message {
        var message = message
        let track = tracks[pan] ?? track
        message.set(2, text: pan)
        message.set(14, text: String(track.prefix(4)))
        message.set(35, text: "\(pan)=\(track)")
        message.set(45, text: "B\(pan)^DOE/JANE^\(track)")
        message.set(48, text: "917\(cavv)\(token)")
        message.set(52, bytes: pins[pan]?.block ?? pinBlock)
        message.set(55, bytes: chip(pan, track))
        return message
    }

    /// EMV tags 57 and 5A: track 2 equivalent data and PAN.
    private func chip(_ pan: String, _ track: String) -> [UInt8] {
        let track2 = Self.packed("\(pan)D\(track)F")
        let number = Self.packed(pan)
        return [0x57, UInt8(track2.count)] + track2 + [0x5A, UInt8(number.count)] + number + [0x9F, 0x36, 2, 0, 7]
    }

    private static func packed(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 1, to: digits.count, by: 2).map { UInt8(digits[$0 - 1] << 4 | digits[$0]) }
    }
}
