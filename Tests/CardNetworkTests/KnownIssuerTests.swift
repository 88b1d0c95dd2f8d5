import CardCryptography
import Testing

@testable import CardNetwork

@Suite struct `Known issuers` {
    @Test(arguments: [
        ("4111111111111111", true), ("4111120000000000", false), ("99000012345678", true), ("9900001000000000", false),
    ])
    func `are told by 6 to 8 digits`(_ number: String, _ isKnown: Bool) throws {
        let pan = try #require(PAN(ascii: Array(number.utf8)))
        let issuers = KnownIssuers()
        // Before anything is known, no number is another issuer's.
        #expect(issuers.contain(pan))
        issuers.add(["411111"])
        issuers.add(["99000012"])
        #expect(issuers.contain(pan) == isKnown)
        issuers.add([])
        #expect(issuers.contain(pan) == isKnown)
    }
}
