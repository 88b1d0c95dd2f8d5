import AuthorizationCore
import ISO8583
import Testing

@testable import CardNetwork

/// A purchase with changes, and the code that refuses it.
struct RefusalRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var changes: [Int: String?]
    var code: ResponseCode
}

@Suite struct `Reading authorization requests` {
    private static func read(_ changes: [Int: String?], type: MessageTypeIndicator = 100) -> NetworkRequest {
        Fixture.reader.read(Fixture.purchase(changes, type: type), now: Fixture.now)
    }

    @Test func `a kind and an entry mode that a network has added are read, with nothing to be paid`() throws {
        var profile = Fixture.profile
        profile.kinds[90] = .pinChange
        profile.entryModes["95"] = .magneticStripe
        let message = Fixture.purchase([3: "900000", 4: "000000000000", 22: "951"])
        let request = try #require(RequestReader(profile: profile).read(message, now: Fixture.now).request)
        #expect(request.kind == .pinChange && request.entryMode == .magneticStripe)
        #expect(Fixture.reader.read(message, now: Fixture.now).code == .invalidTransaction)
    }

    @Test func `a purchase is read in full`() throws {
        let read = Self.read([6: "000000001137", 10: "71080000", 16: "0531", 51: "840"])
        let request = try #require(read.request)
        #expect(read.lastFour == 1_111)
        #expect(request.card == nil && request.message == nil)
        #expect(request.network == "test")
        #expect(request.kind == .purchase)
        #expect(request.entryMode == .contactChip)
        #expect(request.transaction == Money(1_050, .euro))
        #expect(request.billing?.money.minorUnits == 1_137)
        #expect(request.billing?.money.currency.alphabetic == "USD")
        #expect(request.billing?.rate == 71_080_000)
        #expect(request.billing?.date == 531)
        #expect(request.settlement == nil)
        #expect(request.expiry == ExpiryMonth(year: 2029, month: 11))
        let merchant = Merchant(
            name: "Kiosko de la Plaza",
            identification: "MERCHANT0000001",
            categoryCode: 5_411,
            country: "ES",
            city: "Madrid"
        )
        #expect(request.merchant == merchant)
        #expect(request.references.systemTraceAuditNumber == "000123")
        #expect(request.references.acquirer == "12345")
        #expect(request.references.retrievalReference == "000000000123")
        #expect(read.identity?.key == "test:0100:20260601115959:123:12345")
    }

    @Test(arguments: [
        ("00", TransactionKind.purchase), ("01", .cashAdvance), ("10", .accountFunding), ("11", .quasiCash),
        ("20", .refund), ("26", .originalCredit), ("30", .balanceInquiry), ("31", .balanceInquiry),
    ])
    func `DE 3 gives the kind`(_ digits: String, _ kind: TransactionKind) {
        #expect(Self.read([3: digits + "2030"]).request?.kind == kind)
    }

    @Test func `cash at a teller machine is a withdrawal`() {
        #expect(Self.read([3: "010000", 18: "6011"]).request?.kind == .atmWithdrawal)
        #expect(Self.read([3: "010000", 18: "6010"]).request?.kind == .cashAdvance)
        #expect(Self.read([3: "010000", 18: nil]).request?.kind == .cashAdvance)
        #expect(Self.read([3: "000000", 18: "6011"]).request?.kind == .purchase)
    }

    @Test(arguments: [
        ("01", EntryMode.manual), ("02", .magneticStripe), ("05", .contactChip), ("07", .contactlessChip),
        ("10", .credentialOnFile), ("80", .fallback), ("81", .ecommerce), ("90", .magneticStripe),
        ("91", .contactlessMagneticStripe), ("00", .unknown), ("99", .unknown),
    ])
    func `DE 22 gives the entry mode`(_ digits: String, _ mode: EntryMode) {
        #expect(Self.read([22: digits + "1"]).request?.entryMode == mode)
    }

    static let refusals = [
        RefusalRow(testDescription: "no DE 3", changes: [3: nil], code: .formatError),
        RefusalRow(testDescription: "no DE 4", changes: [4: nil], code: .formatError),
        RefusalRow(testDescription: "no DE 7", changes: [7: nil], code: .formatError),
        RefusalRow(testDescription: "no DE 11", changes: [11: nil], code: .formatError),
        RefusalRow(testDescription: "no DE 32", changes: [32: nil], code: .formatError),
        RefusalRow(testDescription: "no DE 49", changes: [49: nil], code: .formatError),
        RefusalRow(testDescription: "DE 3 of no kind", changes: [3: "990000"], code: .invalidTransaction),
        RefusalRow(testDescription: "DE 3 that is not digits", changes: [3: "X00000"], code: .invalidTransaction),
        RefusalRow(testDescription: "DE 4 that is not digits", changes: [4: "00000000 100"], code: .formatError),
        RefusalRow(testDescription: "DE 7 that is no date", changes: [7: "1301000000"], code: .formatError),
        RefusalRow(testDescription: "DE 11 that is not digits", changes: [11: "00012A"], code: .formatError),
        RefusalRow(testDescription: "DE 32 that is empty", changes: [32: ""], code: .formatError),
        RefusalRow(testDescription: "DE 49 of no currency", changes: [49: "000"], code: .formatError),
        RefusalRow(testDescription: "DE 49 by letters", changes: [49: "EUR"], code: .formatError),
        RefusalRow(testDescription: "DE 6 without DE 51", changes: [6: "000000000001"], code: .formatError),
        RefusalRow(
            testDescription: "DE 51 of no currency",
            changes: [6: "000000000001", 51: "000"],
            code: .formatError
        ),
        RefusalRow(testDescription: "DE 5 without DE 50", changes: [5: "000000000001"], code: .formatError),
        RefusalRow(testDescription: "cashback without its amount", changes: [3: "090000"], code: .formatError),
        RefusalRow(
            testDescription: "nothing for cash",
            changes: [3: "010000", 4: "000000000000"],
            code: .invalidAmount
        ),
        RefusalRow(
            testDescription: "nothing to refund",
            changes: [3: "200000", 4: "000000000000"],
            code: .invalidAmount
        ),
        RefusalRow(
            testDescription: "something that is billed as nothing",
            changes: [6: "000000000000", 51: "978"],
            code: .invalidAmount
        ),
    ]

    @Test(arguments: refusals)
    func `what is wrong with it is answered by its own code`(_ row: RefusalRow) {
        #expect(Self.read(row.changes).code == row.code)
        #expect(Self.read(row.changes, type: 101).code == row.code)
    }

    @Test func `a purchase of nothing verifies the account, an inquiry has no amount`() {
        #expect(Self.read([4: "000000000000"]).request?.kind == .accountVerification)
        let billed = Self.read([4: "000000000000", 6: "000000000000", 51: "978"])
        #expect(billed.request?.kind == .accountVerification)
        #expect(Self.read([3: "310000", 4: "000000000000"]).request?.kind == .balanceInquiry)
    }

    @Test func `the number is DE 2, else that of track 2`() {
        let track = "4012888888881881=29112010000000000000"
        #expect(Self.read([35: track]).lastFour == 1_111)
        #expect(Self.read([2: nil, 35: track]).lastFour == 1_881)
        #expect(Self.read([2: nil]).lastFour == nil)
        #expect(Self.read([2: "411111"]).request != nil)
        #expect(Self.read([2: "411111"]).lastFour == nil)
    }

    @Test func `the expiry is DE 14, else that of track 2`() {
        let track = "4012888888881881=30122010000000000000"
        #expect(Self.read([35: track]).request?.expiry == ExpiryMonth(year: 2029, month: 11))
        #expect(Self.read([14: nil, 35: track]).request?.expiry == ExpiryMonth(year: 2030, month: 12))
        #expect(Self.read([14: nil]).request?.expiry == nil)
    }

    @Test func `a merchant that is missing or short is empty`() {
        let merchant = Self.read([18: nil, 42: nil, 43: "Kiosko"]).request?.merchant
        #expect(merchant == Merchant(name: "", identification: "", categoryCode: 0, country: "", city: ""))
    }

    @Test func `a card number in the name of a merchant is masked before anything is kept`() throws {
        let request = try #require(Self.read([43: "SHOP 4111111111111111    Madrid       ES"]).request)
        #expect(request.merchant.name == "SHOP 411111******1111" && request.merchant.city == "Madrid")
        #expect(request.disputeFacts?.acceptor == "SHOP 411111******1111    Madrid       ES")
        let other = try #require(Self.read([43: "SHOP 4111111111111112    Madrid       ES"]).request)
        #expect(other.merchant.name == "SHOP 4111111111111112")
        let split = try #require(Self.read([43: "SHOP 4111 1111-1111 1111 Madrid       ES"]).request)
        #expect(split.merchant.name == "SHOP 4111 11**-**** 1111")
    }

    @Test(arguments: [2, 35])
    func `the card's own number is masked in its merchant's name and number, whatever is between its digits`(
        _ element: Int
    ) throws {
        let number = [element: Fixture.number + (element == 2 ? "" : "=30122010000000000000")]
        let changes = [2: nil, 43: "SHOP 41x111~111_11111a111Madrid       ES"].merging(number) { $1 }
        let request = try #require(Self.read(changes).request)
        #expect(request.merchant.name == "SHOP 41x111~1**_****1a111", "\(request.merchant)")
        #expect(request.disputeFacts?.acceptor == "SHOP 41x111~1**_****1a111Madrid       ES")
        let short = "378282246310005"
        let merchant = [element: short + (element == 2 ? "" : "=30122010000000000000"), 42: short]
        #expect(Self.read([2: nil].merging(merchant) { $1 }).request?.merchant.identification == "378282*****0005")
        #expect(Self.read([42: short]).request?.merchant.identification == short)
    }

    @Test(arguments: [
        ("411111111111111", "***************"), ("T-4111111111111", "T-*************"),
        ("111111111111111", "***************"),
        ("411111111111112", "411111111111112"), ("411111111111", "411111111111"),
    ])
    func `what is left of the card's number in DE 42, which has 15 places, is masked`(_ told: String, _ kept: String) {
        let request = Self.read([2: "4111111111111111", 42: told]).request
        #expect(request?.merchant.identification == kept && request?.disputeFacts?.acceptor == Fixture.purchase[43])
    }

    @Test func `the card's own number is no name of its transaction`() throws {
        let request = try #require(Self.read([2: "4111111111111111", 63: "NTI4111111111111111"]).request)
        #expect(request.references.transactionID.isEmpty)
        for element in [2, 35] {
            let number = [element: "4111111111111111" + (element == 2 ? "" : "=30122010000000000000")]
            let changes = [2: nil, 63: "NTI4111 1111 1111 1111"].merging(number) { $1 }
            #expect(Self.read(changes).request?.references.transactionID == "", "DE \(element)")
        }
        for text in ["4111x1111_1111a1111", "2041111111111111117"] {
            #expect(Self.read([63: text]).request?.references.transactionID == "", "\(text)")
        }
        let other = try #require(Self.read([2: "4111111111111111", 63: "NTI-4111"]).request)
        #expect(other.references.transactionID == "NTI-4111")
    }

    /// One in ten of them passes for another card's number.
    @Test(arguments: ["483297487231506", "371449635398431", "5555555555554444"])
    func `a network's number names a transaction, whatever it passes for`(_ text: String) throws {
        let request = try #require(Self.read([63: text]).request)
        #expect(request.references.transactionID == text && !request.isNamedByApproval)
    }

    @Test func `a repeat has its original's identity, another message another`() throws {
        let first = try #require(Self.read([:]).identity)
        #expect(Self.read([:], type: 101).identity == first)
        for changes in [[7: "0601120000"], [11: "000124"], [32: "12346"]] as [[Int: String?]] {
            #expect(Self.read(changes).identity?.key != first.key)
        }
        for changes in [[3: "010000"], [4: "000000001051"], [49: "840"]] as [[Int: String?]] {
            let other = try #require(Self.read(changes).identity)
            #expect(other.key == first.key && other.content != first.content)
        }
        #expect(Self.read([41: "TERM0002"]).identity == first)
        let other = try #require(Self.read([37: "000000000999"]).identity)
        #expect(other.key == first.key && other.furtherElements != first.furtherElements)
    }

    /// The elements of a dialect's key, those of the message, and its short key and what makes it longer.
    @Test func `bytes that are no text are kept of no reference and in no key`() throws {
        var message = Fixture.purchase([:])
        message.set(37, bytes: [0x30, 0x09, 0x90, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0x01, 0x23, 0x30])
        let read = Fixture.reader.read(message, now: Fixture.now)
        #expect(read.request?.references.retrievalReference == "" && read.identity?.furtherElements == [])
    }

    static let keys: [(elements: ElementSet, changes: [Int: String?], key: String, further: String)] = [
        ([7, 11, 32, 37], [:], "20260601115959:123:12345", "000000000123"),
        ([7, 11, 32, 37], [37: nil], "20260601115959:123:12345", ""),
        ([7, 11, 32], [:], "20260601115959:123:12345", ""), ([7, 11], [:], "20260601115959:123:", ""),
        ([7, 11], [32: "ABC"], "20260601115959:123:", ""),
        ([11, 41, 42], [7: "1399000000"], ":123:", "TERM0001|MERCHANT0000001"),
        ([7, 11, 41, 42], [41: nil], "20260601115959:123:", "|MERCHANT0000001"),
    ]

    @Test(arguments: keys)
    func `its key has the elements of the dialect, also where DE 90 names it`(
        _ row: (elements: ElementSet, changes: [Int: String?], key: String, further: String)
    ) throws {
        var profile = Fixture.profile
        profile.dialect.requestKey = row.elements
        let reader = RequestReader(profile: profile)
        let identity = try #require(reader.read(Fixture.purchase(row.changes), now: Fixture.now).identity)
        #expect(identity.key == "test:0100:\(row.key)")
        #expect(identity.furtherElements == Array(row.further.utf8))
        guard row.elements.contains(7) else { return }
        let named = reader.read(Fixture.reversal([:]), now: Fixture.now).reversal?.target.keys
        #expect(named?.first == identity.key)
    }

    @Test(
        arguments: [
            (110, nil), (130, nil), (210, nil), (430, nil), (810, nil), (140, nil), (9_999, nil), (0, .notSupported),
            (160, .notSupported), (300, .notSupported), (302, .notSupported), (500, .notSupported),
            (520, .notSupported), (600, .notSupported), (1_100, .notSupported), (2_100, .notSupported),
        ] as [(Int, ResponseCode?)]
    )
    func `a message of no supported type is refused, an answer or notification ignored`(
        _ number: Int,
        _ code: ResponseCode?
    ) throws {
        let type = try #require(MessageTypeIndicator(number: number))
        var message = Fixture.purchase([:], type: type)
        message.set(91, text: "1")
        message.set(101, text: "FILE")
        let read = Fixture.reader.read(message, now: Fixture.now)
        #expect(read.code == code)
        #expect(read.isIgnored == (code == nil))
    }
}
