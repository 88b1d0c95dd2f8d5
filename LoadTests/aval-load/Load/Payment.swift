import NIOCore

/// One payment that is asked for.
struct Payment {
    /// Position in the file of cards.
    var card: Int
    var merchant: Int
    /// Minor units.
    var amount: Int64
    /// Presents an expiry that the card does not have, and is to be declined.
    var hasWrongExpiry: Bool
    /// When it was to be sent. In the open loop this may be long before it was.
    var intended: NIODeadline
}

/// What became of a payment.
enum PaymentResult: Hashable {
    case approved
    /// Decided: DE 39, or the first reason of the HTTP answer.
    case declined(String)
    /// Answered without a decision: DE 39, or the HTTP status.
    case refused(String)
}

/// One connection to Aval that takes payments. Used on its event loop only.
protocol PaymentConnection: AnyObject {
    /// How many more payments it takes now.
    var freeSlots: Int { get }
    /// Takes a payment. Those that come in one turn of the event loop leave together.
    func send(_ payment: Payment)
}

/// Receives what connections find out. Used on the event loop only.
protocol PaymentSink: AnyObject {
    /// The connection has a free slot again.
    func answered(_ payment: Payment, _ result: PaymentResult)
    func broken(_ description: String)
}

/// A shop, as networks describe it.
struct Merchant {
    var name: String
    var city: String
    var country: String
    var identification: String
    var terminal: String
    var categoryCode: Int64
    /// DE 22: how the card was read and whether a PIN could be entered.
    var entryMode: String
    /// DE 25.
    var condition: String
    /// The HTTP API's name for the entry mode.
    var entryModeName: String
    /// ISO 3166-1 numeric, of the acquirer.
    var countryNumber: Int64

    /// Everyday shops, near and far, in person and not.
    static let all = [
        shop("CAFE CENTRAL", "MADRID", "ES", 724, 5_814, .contactless),
        shop("MERCADO SAN MIGUEL", "MADRID", "ES", 724, 5_411, .contactless),
        shop("SUPER SOL 114", "SEVILLA", "ES", 724, 5_411, .chip),
        shop("FARMACIA DEL CARMEN", "VALENCIA", "ES", 724, 5_912, .contactless),
        shop("GASOLINERA RUTA 5", "ZARAGOZA", "ES", 724, 5_541, .chip),
        shop("LIVRARIA ATLANTICO", "LISBOA", "PT", 620, 5_942, .chip),
        shop("METRO LIGNE 7", "PARIS", "FR", 250, 4_111, .contactless),
        shop("MUSIC STREAM", "DUBLIN", "IE", 372, 5_815, .onFile),
        shop("VIDEO CLUB ONLINE", "AMSTERDAM", "NL", 528, 4_899, .onFile),
        shop("SHOES AND MORE", "BERLIN", "DE", 276, 5_661, .internet),
        shop("TAXI APP", "BARCELONA", "ES", 724, 4_121, .internet),
        shop("RISTORANTE DA LUCA", "ROMA", "IT", 380, 5_812, .contactless),
    ]

    private enum Reading {
        case contactless, chip, internet, onFile
    }

    private static func shop(
        _ name: String,
        _ city: String,
        _ country: String,
        _ countryNumber: Int64,
        _ categoryCode: Int64,
        _ reading: Reading
    ) -> Merchant {
        let (entryMode, condition, entryModeName) =
            switch reading {
            case .contactless: ("071", "00", "contactless_chip")
            case .chip: ("051", "00", "contact_chip")
            case .internet: ("812", "59", "ecommerce")
            case .onFile: ("102", "08", "credential_on_file")
            }
        return Merchant(
            name: name,
            city: city,
            country: country,
            identification: "M\(countryNumber)\(categoryCode)",
            terminal: "T\(categoryCode)\(countryNumber)",
            categoryCode: categoryCode,
            entryMode: entryMode,
            condition: condition,
            entryModeName: entryModeName,
            countryNumber: countryNumber
        )
    }
}

/// Draws payments; the same seed gives the same ones in the same order.
struct PaymentMix {
    /// Small, so that thousands of payments fit into a card's daily limit.
    private static let amounts: ClosedRange<Int64> = 5...600
    /// One payment in so many presents a wrong expiry.
    private static let wrongExpiryEvery = 64

    private let cardCount: Int
    private var random: SplitMix64

    init(cardCount: Int, seed: UInt64) {
        self.cardCount = cardCount
        random = SplitMix64(state: seed)
    }

    mutating func next(intended: NIODeadline) -> Payment {
        Payment(
            card: Int.random(in: 0..<cardCount, using: &random),
            merchant: Int.random(in: 0..<Merchant.all.count, using: &random),
            amount: Int64.random(in: Self.amounts, using: &random),
            hasWrongExpiry: Int.random(in: 0..<Self.wrongExpiryEvery, using: &random) == 0,
            intended: intended
        )
    }
}

/// A small generator with a seed (Steele, Lea and Flood, 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
