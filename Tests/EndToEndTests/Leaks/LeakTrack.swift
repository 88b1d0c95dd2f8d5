/// Track 2 of a contactless card with a value of one payment, and with a wrong one.
struct LeakTrack {
    /// Of the value.
    let name: String
    let pan: String
    let right: String
    let wrong: String

    init(_ card: DynamicCard, counter: UInt16) throws {
        (name, pan) = (card.method.rawValue, card.pan)
        right = try card.track(counter)
        wrong = try card.track(counter + 1, value: card.wrongValue(counter + 1))
    }

    var known: [KnownSecret] {
        [(name, right), ("wrong \(name)", wrong)].map { name, track in
            KnownSecret(name: "track with \(name)", content: .digits(String(track.dropFirst(pan.count + 1))))
        }
    }
}
