import AuthorizationEngine
import Testing

/// What one key may give another.
@Suite struct APIKeyTermsTests {
    private static func terms(
        _ scopes: Set<APIScope>?,
        _ addresses: [String]? = nil,
        _ rate: (Int32, Int32)? = nil
    ) -> APIKeyTerms {
        APIKeyTerms(
            scopes: scopes,
            addresses: addresses.map { $0.compactMap { AddressRange($0) } },
            rate: rate.flatMap { RateLimit(perSecond: $0.0, burst: $0.1) }
        )
    }

    private static let scopes: [(given: Set<APIScope>?, own: Set<APIScope>?, isWithin: Bool)] = [
        (nil, nil, true), ([.readCards], nil, true), (nil, [.readCards], false), ([.readCards], [.readCards], true),
        ([.readCards], [.readCards, .writeKeys], true), ([.readCards, .writeCards], [.readCards], false),
        (nil, Set(APIScope.allCases), false), ([], [], true),
    ]

    @Test(arguments: scopes)
    func `scopes are given by who has them all`(_ given: Set<APIScope>?, _ own: Set<APIScope>?, _ isWithin: Bool) {
        #expect(Self.terms(given).areWithin(Self.terms(own), usual: nil) == isWithin)
    }

    private static let addresses: [(given: [String]?, own: [String]?, isWithin: Bool)] = [
        (nil, nil, true), (["10.0.0.1"], nil, true), (nil, ["0.0.0.0/0", "::/0"], false),
        (["10.1.0.0/16"], ["10.0.0.0/8"], true), (["10.0.0.0/8"], ["10.0.0.0/8"], true),
        (["10.0.0.0/8"], ["10.1.0.0/16"], false), (["11.0.0.0/16"], ["10.0.0.0/8"], false),
        (["10.1.0.0/16", "192.0.2.1"], ["10.0.0.0/8"], false),
        (["10.1.0.0/16", "192.0.2.1"], ["192.0.2.0/24", "10.0.0.0/8"], true),
        (["2001:db8:1::/48"], ["2001:db8::/32"], true), (["2001:db8::/32"], ["2001:db8:1::/48"], false),
        (["10.0.0.1"], ["::/0"], true), (["2001:db8::/32"], ["0.0.0.0/0"], false),
    ]

    @Test(arguments: addresses)
    func `addresses are given by who has wider ones`(_ given: [String]?, _ own: [String]?, _ isWithin: Bool) {
        #expect(Self.terms(nil, given).areWithin(Self.terms(nil, own), usual: nil) == isWithin)
    }

    private static let rates: [(given: (Int32, Int32)?, own: (Int32, Int32)?, usual: (Int32, Int32)?, isWithin: Bool)] =
        [
            (nil, nil, nil, true), ((9, 9), nil, nil, true), (nil, (9, 9), nil, false), ((9, 9), (9, 9), nil, true),
            ((10, 9), (9, 9), nil, false), ((9, 10), (9, 9), nil, false), ((1, 1), (9, 9), nil, true),
            (nil, nil, (5, 5), true), ((6, 5), nil, (5, 5), false), ((5, 5), nil, (5, 5), true),
            (nil, (9, 9), (5, 5), true), (nil, (4, 4), (5, 5), false),
        ]

    @Test(arguments: rates.indices)
    func `a rate is given by who may ask as often`(_ row: Int) {
        let (given, own, usual, isWithin) = Self.rates[row]
        let limit = usual.flatMap { RateLimit(perSecond: $0.0, burst: $0.1) }
        #expect(Self.terms(nil, nil, given).areWithin(Self.terms(nil, nil, own), usual: limit) == isWithin)
    }
}
