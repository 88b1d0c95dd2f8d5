import AuthorizationCore
import CardCryptography
import Testing

@testable import AuthorizationEngine

@Suite struct `Failures at merchants` {
    /// Three in twelve minutes, in slots of one.
    private static let limit = MerchantLimit(count: 3, share: 10, seconds: 720)
    private static let shop = merchant("SHOP")

    private static func merchant(_ acceptor: String, bin: String = "990000", acquirer: String = "1") -> MerchantKey {
        MerchantKey(bin: bin, acquirer: acquirer, acceptor: acceptor)
    }

    private static func minute(_ number: Int64) -> Instant {
        Instant(microseconds: 1_700_000_040_000_000 + number * 60_000_000)
    }

    /// When requests fail, and how many count at a time.
    static let rows: [(failed: [Int64], at: Int64, UInt32?)] = [
        ([], 0, nil), ([0, 0], 0, nil), ([0, 0, 0], 0, 3), ([0, 5, 11], 11, 3), ([0, 5, 11], 12, nil),
        ([0, 5, 11, 12], 12, 3), ([0, 0, 0, 0, 0], 11, 5), ([0, 0, 0, 0, 0], 12, nil), ([0, 0, 0], 1_000, nil),
    ]

    @Test(arguments: rows)
    func `stop it while so many count`(_ row: (failed: [Int64], at: Int64, UInt32?)) {
        var book = MerchantBook(limit: Self.limit)
        for minute in row.failed { _ = book.fail(Self.shop, at: Self.minute(minute)) }
        let expected = row.2.map { MerchantFailures(count: $0, limit: 3) }
        #expect(book.failures(of: Self.shop, at: Self.minute(row.at)) == expected)
    }

    @Test func `are told once when the limit is reached`() {
        var book = MerchantBook(limit: Self.limit)
        let told = [0, 0, 0, 1, 13, 13, 13].map { book.fail(Self.shop, at: Self.minute($0)) }
        #expect(told == [false, false, true, false, false, false, true])
    }

    @Test func `concern nobody but the merchant, its acquirer and numbers that begin alike`() {
        var book = MerchantBook(limit: Self.limit)
        for _ in 0..<3 { _ = book.fail(Self.shop, at: Self.minute(0)) }
        let others = [
            Self.merchant("OTHER"), Self.merchant("SHOP", bin: "990001"), Self.merchant("SHOP", acquirer: "2"),
        ]
        #expect(others.allSatisfy { book.failures(of: $0, at: Self.minute(0)) == nil })
        #expect(book.stopped(at: Self.minute(0)).map(\.merchant) == [Self.shop])
        #expect(book.stopped(at: Self.minute(12)).isEmpty)
    }

    @Test func `of other processes count with its own, and replace what was known of them`() {
        var book = MerchantBook(limit: Self.limit)
        _ = book.fail(Self.shop, at: Self.minute(0))
        let slot = Self.limit.slot(at: Self.minute(0))
        #expect(book.own(of: Self.shop, at: Self.minute(0)) == [slot: .failed])
        let lessons: [(others: [Int64: UInt32], isReached: Bool, count: UInt32?)] = [
            ([slot: 2, slot - 12: 9, slot + 1: 9], true, 3), ([slot: 2], false, 3), ([:], false, nil),
            ([slot: .max, slot - 1: .max], true, .max),
        ]
        for lesson in lessons {
            let others = lesson.others.mapValues { MerchantCounts(failures: $0, requests: $0) }
            let isReached = book.learn(others, of: Self.shop, at: Self.minute(0))
            #expect(isReached == lesson.isReached)
            #expect(book.failures(of: Self.shop, at: Self.minute(0))?.count == lesson.count)
            #expect(book.own(of: Self.shop, at: Self.minute(0)) == [slot: .failed])
        }
        // Of a merchant where nothing failed here nothing is learned.
        let many = MerchantCounts(failures: 9, requests: 9)
        let isReached = book.learn([slot: many], of: Self.merchant("OTHER"), at: Self.minute(0))
        #expect(!isReached && book.count == 1)
    }

    @Test func `are kept of no more merchants than fit, and those with the fewest go first`() {
        var book = MerchantBook(limit: Self.limit, capacity: 100)
        for _ in 0..<3 { _ = book.fail(Self.shop, at: Self.minute(0)) }
        for number in 0..<10_000 {
            _ = book.fail(Self.merchant("M\(number)"), at: Self.minute(0))
            #expect(book.count <= 100)
        }
        #expect(book.failures(of: Self.shop, at: Self.minute(0)) != nil)
        // Those whose failures are too old go whatever their number.
        for number in 0..<100 { _ = book.fail(Self.merchant("N\(number)"), at: Self.minute(20)) }
        #expect(book.count <= 100 && book.failures(of: Self.shop, at: Self.minute(0)) == nil)
    }

    @Test func `make room by halves: of those with as many as others, any go`() {
        var book = MerchantBook(limit: Self.limit, capacity: 8)
        for (number, failures) in [1, 1, 1, 2, 2, 2, 3, 3].enumerated() {
            for _ in 0..<failures { _ = book.fail(Self.merchant("M\(number)"), at: Self.minute(0)) }
        }
        _ = book.fail(Self.merchant("M8"), at: Self.minute(0))
        let counts = (0..<9).compactMap { number in
            let merchant = Self.merchant("M\(number)")
            return book.own(of: merchant, at: Self.minute(0)).values.first?.failures
        }
        #expect(counts.sorted() == [1, 2, 2, 3, 3])
    }

    private static func request(expiry: ExpiryMonth? = nil, acceptor: String = "SHOP") -> AuthorizationRequest {
        var request = AuthorizationRequest(
            card: nil,
            network: "test",
            kind: .purchase,
            transaction: Money(1, .euro),
            merchant: Merchant(name: "", identification: acceptor, categoryCode: 0, country: "", city: "")
        )
        request.references.acquirer = "123456"
        request.expiry = expiry
        return request
    }

    private static func told(
        _ outcome: Outcome,
        _ request: AuthorizationRequest,
        found: [DeclineReason] = [],
        isRepeated: Bool = false
    ) -> MerchantEvent? {
        let answer = Answer(
            event: EventID(high: 1, low: 1),
            decidedAt: minute(0),
            decision: Decision(outcome, checks: found.map { CheckResult(.cardCode, .failed($0)) }),
            isRepeated: isRepeated
        )
        return Reply.decided(answer).merchantEvent(of: request)
    }

    @Test(arguments: ["SHOP", ""])
    func `are of a merchant, with or without a name, and of six digits`(_ acceptor: String) throws {
        let pan = try #require(PAN(ascii: Array("9900001234567897".utf8)))
        let merchant = MerchantKey(Self.request(acceptor: acceptor), pan)
        #expect([merchant.bin, merchant.acquirer, merchant.acceptor] == ["990000", "123456", acceptor])
    }

    /// A declined request's answer, with what its checks found besides.
    static let outcomes: [(DeclineReason, found: [DeclineReason], MerchantEvent?)] = [
        (.cardNotFound, [], .failed), (.unknownIssuer, [], nil), (.expiryMismatch, [.expiryMismatch], .failed),
        (.cardCodeIncorrect, [.cardCodeIncorrect], .failed), (.cardValueIncorrect, [.cardValueIncorrect], .failed),
        (.cardLost, [.cardLost, .cardCodeIncorrect], .failed), (.insufficientFunds, [.insufficientFunds], nil),
        (.notVerifiable, [.notVerifiable], nil), (.cardCodeMissing, [.cardCodeMissing], nil),
        (.pinIncorrect, [.pinIncorrect], nil),
        (.tooManyFailuresAtMerchant, [.tooManyFailuresAtMerchant, .cardCodeIncorrect], .stopped),
    ]

    @Test(arguments: outcomes.indices)
    func `are wrong proofs and unknown numbers, once each`(_ index: Int) {
        let (reason, found, event) = Self.outcomes[index]
        let request = Self.request(expiry: ExpiryMonth(year: 2030, month: 1))
        #expect(Self.told(.declined(reason, nil), request, found: found) == event)
        #expect(Self.told(.declined(reason, nil), request, found: found, isRepeated: true) == nil)
    }

    /// Requests that are approved, and whether they count.
    static let approved: [(String, @Sendable (inout AuthorizationRequest) -> Void, isCounted: Bool)] = [
        ("a number and its expiry", { $0.expiry = ExpiryMonth(year: 2030, month: 1) }, true),
        ("a number that is verified without money", { $0.kind = .accountVerification }, true),
        ("a right CVV2", { $0.verification?.cardCode = .match }, true),
        ("a chip that nobody verified", { $0.verification?.chip = CryptogramFacts(.notVerified) }, true),
        ("a merchant's own payment, whose failures count, too", { $0.initiator = .merchant }, true),
        ("a chip's right cryptogram", { $0.verification?.chip = CryptogramFacts(.match) }, false),
        ("a refund", { $0.kind = .refund }, false),
        (
            "what the stop does not concern, while there is one",
            { $0.verification?.merchantFailures = MerchantFailures(count: 3, limit: 3) }, false
        ),
    ]

    @Test(arguments: approved.indices)
    func `are a share of what was approved and could have been a guess`(_ index: Int) {
        let (name, change, isCounted) = Self.approved[index]
        var request = Self.request()
        request.verification = VerificationFacts(profileVersion: 0)
        change(&request)
        let outcome = Outcome.approved(Approval(authorization: AuthorizationID(high: 1, low: 1), code: 1))
        #expect(Self.told(outcome, request) == (isCounted ? .approved : nil), "\(name)")
        #expect(Self.told(outcome, request, isRepeated: true) == nil, "\(name)")
    }

    @Test func `do not count while it is stopped, whomever the stop concerns`() {
        var request = Self.request(expiry: ExpiryMonth(year: 2030, month: 1))
        request.verification = VerificationFacts(profileVersion: 0)
        request.verification?.merchantFailures = MerchantFailures(count: 3, limit: 3)
        #expect(Self.told(.declined(.expiryMismatch, nil), request, found: [.expiryMismatch]) == nil)
        #expect(Self.told(.declined(.cardNotFound, nil), request) == nil)
        #expect(Self.told(.declined(.tooManyFailuresAtMerchant, nil), request) == .stopped)
    }
}
