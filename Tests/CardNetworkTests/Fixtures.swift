import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583

@testable import CardNetwork

extension Currency {
    static let euro: Currency = {
        guard let euro = Currency(alphabetic: "EUR") else { preconditionFailure("ISO 4217 has EUR") }
        return euro
    }()
}

/// Messages and replies of the test network, at 2026-06-01T12:00:00Z.
enum Fixture {
    static let profile = NetworkProfile.iso87(bitmap: .hexASCII)
    static let reader = RequestReader(profile: profile)
    static let now = Instant(microseconds: 1_780_315_200_000_000)
    static let shard = Shard(truncating: 5)
    static let authorization = AuthorizationID(at: now, shard: shard, entropy: 1)
    static let number = "4111111111111111"

    static let purchase: [Int: String] = [
        2: number, 3: "000000", 4: "000000001050", 7: "0601115959", 11: "000123", 12: "135959", 13: "0601",
        14: "2911", 18: "5411", 22: "051", 32: "12345", 37: "000000000123", 41: "TERM0001", 42: "MERCHANT0000001",
        43: "Kiosko de la Plaza       Madrid       ES", 49: "978",
    ]

    static let reversal: [Int: String] = [
        2: number, 3: "000000", 4: "000000001050", 7: "0601120001", 11: "000124", 32: "12345", 49: "978",
        90: "0100" + "000123" + "0601115959" + "00000012345" + "00000000000",
    ]

    static func message(_ type: MessageTypeIndicator, _ elements: [Int: String]) -> Message {
        var message = Message(type)
        for (element, text) in elements.sorted(by: { $0.key < $1.key }) { message.set(element, text: text) }
        return message
    }

    /// A purchase with some elements replaced, or taken out.
    static func purchase(_ changes: [Int: String?], type: MessageTypeIndicator = 100) -> Message {
        message(type, purchase.merging(changes.compactMapValues { $0 }) { $1 }.filter { changes[$0.key] != .some(nil) })
    }

    static func reversal(_ changes: [Int: String?], type: MessageTypeIndicator = 400) -> Message {
        message(type, reversal.merging(changes.compactMapValues { $0 }) { $1 }.filter { changes[$0.key] != .some(nil) })
    }

    /// The key that a message like the purchase has when another one has the short key.
    static func long(_ key: RequestKey) -> RequestKey { "\(key):303030303030303030313233" }

    static func reply(_ outcome: Outcome) -> Reply { reply(Decision(outcome)) }

    static func reply(_ decision: Decision) -> Reply {
        .decided(
            Answer(
                event: EventID(at: now, shard: shard, entropy: 2),
                decidedAt: now,
                decision: decision,
                isRepeated: false
            )
        )
    }
}

extension NetworkRequest {
    var request: AuthorizationRequest? { if case .take(_, .authorize(let request), _) = self { request } else { nil } }

    var advice: Advice? { if case .take(_, .advise(let advice), _) = self { advice } else { nil } }

    var reversal: Reversal? { if case .take(_, .reverse(let reversal), _) = self { reversal } else { nil } }

    var identity: RequestIdentity? { if case .take(_, _, let identity) = self { identity } else { nil } }

    var code: ResponseCode? { if case .refuse(let code) = self { code } else { nil } }

    var isIgnored: Bool { if case .ignore = self { true } else { false } }

    var isAcknowledged: Bool { if case .acknowledge = self { true } else { false } }

    var lastFour: UInt16? { if case .take(let pan, _, _) = self { pan?.lastFour } else { nil } }
}
