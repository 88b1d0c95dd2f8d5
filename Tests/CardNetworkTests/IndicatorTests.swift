import AuthorizationCore
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `What requests say beside the standard` {
    private static let named = "test:0100:20260601115959:123:12345"
    private static let original = "0100" + "000123" + "0601115959" + "00000012345" + "00000000000"

    private static func read(_ changes: [Int: String?], type: MessageTypeIndicator = 100) -> NetworkRequest {
        Fixture.reader.read(Fixture.purchase(changes, type: type), now: Fixture.now)
    }

    @Test func `without indicators the defaults count`() throws {
        let request = try #require(Self.read([:]).request)
        #expect(request.purpose == .final && request.initiator == .cardholder)
        #expect(!request.allowsPartialApproval && !request.isSingleMessage && !request.wantsBalance)
        #expect(request.cashback == 0 && request.acquirerFee == nil && request.increment == nil)
        #expect(request.references.transactionID == "")
    }

    @Test(arguments: [
        ("0", Purpose.final), ("1", .preAuthorization), ("3", .estimated), ("4", .statusCheck), ("5", .noShow),
        ("6", .delayedCharge), ("7", .resubmission), ("8", .deferred),
    ])
    func `DE 60 gives the purpose`(_ digit: String, _ purpose: Purpose) {
        #expect(Self.read([60: "0101" + digit]).request?.purpose == purpose)
    }

    @Test func `DE 60 gives initiator and partial approval, DE 63 the transaction, 0200 the single message`() throws {
        let request = try #require(Self.read([60: "03012" + "04011", 63: "NTI-7   "], type: 200).request)
        #expect(request.initiator == .merchant)
        #expect(request.allowsPartialApproval && request.isSingleMessage)
        #expect(request.references.transactionID == "NTI-7")
        #expect(request.transactionKey == nil, "set once the request has its identity")
    }

    @Test(arguments: ["0101X", "010", "9", "01", "04012", "0301"])
    func `an indicator that is not known or cut is a format error`(_ text: String) {
        #expect(Self.read([60: text]).code == .formatError)
    }

    @Test(
        arguments: [
            ([:], true), ([63: "NTI-7"], false), ([60: "01011"], true),
            ([11: "000124", 60: "01012", 90: original], false),
        ] as [([Int: String?], Bool)]
    )
    func `what has no transaction id may be named by its approval code, but no increment`(
        _ changes: [Int: String?],
        _ isNamed: Bool
    ) throws {
        #expect(try #require(Self.read(changes).request).isNamedByApproval == isNamed)
    }

    @Test func `a network without indicators does not read them`() {
        var profile = Fixture.profile
        profile.indicators = Indicators()
        let message = Fixture.purchase([60: "broken", 63: "NTI-7"])
        let request = RequestReader(profile: profile).read(message, now: Fixture.now).request
        #expect(request?.purpose == .final)
        #expect(request?.references.transactionID == "")
    }

    @Test func `an increment names what it adds to, in one of two ways to count`() throws {
        let delta = try #require(Self.read([11: "000124", 60: "01012", 90: Self.original]).request)
        #expect(delta.purpose == .increment)
        let named = AuthorizationLink.message(Self.named, aliases: [Fixture.long(Self.named)])
        #expect(delta.increment == Increment(of: named, mode: .delta))
        let total = try #require(Self.read([60: "0101202011", 63: "NTI-7"]).request)
        #expect(total.increment == Increment(of: .message("test:nti:NTI-7"), mode: .cumulative))
        #expect(Self.read([60: "01012"]).code == .formatError)
        #expect(Self.read([4: "000000000000", 60: "01012", 63: "NTI-7"]).code == .invalidAmount)
    }

    @Test(
        arguments: [
            ("D00000150", "05010", AcquirerFee(amount: 150, isIncluded: false)),
            ("D00000150", "05011", AcquirerFee(amount: 150, isIncluded: true)),
            ("C00000150", "05010", AcquirerFee(amount: -150, isIncluded: false)), ("D00000000", "05011", nil),
        ] as [(String, String, AcquirerFee?)]
    )
    func `DE 28 is a signed fee, beside DE 4 or in it`(_ fee: String, _ included: String, _ expected: AcquirerFee?) {
        #expect(Self.read([28: fee, 60: included]).request?.acquirerFee == expected)
    }

    @Test(arguments: ["X00000150", "D0000015X"])
    func `DE 28 that is no amount is a format error`(_ fee: String) {
        #expect(Self.read([28: fee]).code == .formatError)
    }

    @Test(
        arguments: [
            ("0040978D000000000200", 200), ("0001978C0000000001000040978D000000000200", 200),
            ("0001978C000000000100", 0),
            ("00999ZZC000000000100", 0), ("0040978D000000001050", 1_050),
        ] as [(String, Int64)]
    )
    func `DE 54 type 40 is the cashback, and other types are ignored`(_ amounts: String, _ cashback: Int64) {
        let request = Self.read([54: amounts]).request
        #expect(request?.cashback == cashback)
        #expect(request?.kind == (cashback > 0 ? .purchaseWithCashback : .purchase))
    }

    @Test(arguments: [
        ("0040978D000000001051", ResponseCode.invalidAmount), ("0040840D000000000200", .formatError),
        ("0040978D00000000020", .formatError), ("0040978X000000000200", .formatError),
    ])
    func `cashback above the amount, in another currency or malformed is refused`(
        _ amounts: String,
        _ code: ResponseCode
    ) {
        #expect(Self.read([3: "090000", 54: amounts]).code == code)
    }

    /// What DE 60 tells, and the instalments; nil for none.
    static let instalments: [(text: String, instalments: Instalments?)] = [
        ("07011" + "080210", Instalments(funding: .merchant, count: 10)),
        ("07012" + "08012" + "0912000000000525", Instalments(funding: .issuer, count: 2, amount: 525)),
        ("080210", nil), ("10011", nil),
    ]

    @Test(arguments: instalments)
    func `instalments are who funds them, how many and how much each`(
        _ row: (text: String, instalments: Instalments?)
    ) throws {
        let request = try #require(Self.read([60: row.text]).request)
        #expect(request.instalments == row.instalments)
        #expect(request.isConvertedByAcceptor == (row.text == "10011"))
    }

    @Test(arguments: [
        "07011", "07013" + "080210", "07011" + "08011", "07011" + "0802+2", "07011" + "0803100", "07011" + "0802 2",
        "07011" + "080210" + "09010", "10012",
    ])
    func `instalments that cannot be read are a format error, and none of an advice`(_ text: String) throws {
        #expect(Self.read([60: text]).code == .formatError)
        let advice = Fixture.reader.read(Fixture.purchase([60: text], type: 120), now: Fixture.now).advice
        #expect(advice != nil && advice?.request.instalments == nil)
    }

    @Test func `an inquiry wants its balance, and so does who can pay less`() {
        #expect(Self.read([3: "310000", 4: "000000000000"]).request?.wantsBalance == true)
        #expect(Self.read([60: "04011"]).request?.wantsBalance == true)
        #expect(Self.read([4: "000000000000", 60: "04011"]).request?.wantsBalance == false)
    }
}

@Suite struct `Places in messages` {
    private static let dialect = Fixture.profile.dialect
    private static let message = Fixture.message(
        100,
        [48: "AB  CD", 55: "9F3602012A", 60: "0102XY", 90: Fixture.reversal[90] ?? ""]
    )

    @Test(
        arguments: [
            (ElementLocation(48), "AB  CD"), (ElementLocation(48, .positions(0..<2)), "AB"),
            (ElementLocation(48, .positions(0..<4)), "AB"), (ElementLocation(48, .positions(2..<4)), nil),
            (ElementLocation(48, .positions(4..<7)), nil), (ElementLocation(60, .part("01")), "XY"),
            (ElementLocation(60, .part("02")), nil), (ElementLocation(61), nil),
            (ElementLocation(90, .part("original_stan")), "000123"),
        ] as [(ElementLocation, String?)]
    )
    func `are whole elements, positions or parts`(_ location: ElementLocation, _ text: String?) throws {
        #expect(try location.text(in: Self.message, Self.dialect) == text)
    }

    @Test func `a part of an element without a layout, or that does not follow it, is a format error`() {
        for element in [48, 55] {
            #expect(throws: Unacceptable.self) {
                try ElementLocation(element, .part("01")).text(in: Self.message, Self.dialect)
            }
        }
    }
}
