import AuthorizationCore
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `What requests say of their credential` {
    private static func facts(_ text: String, type: MessageTypeIndicator = 100) -> CredentialFacts? {
        let read = Fixture.reader.read(Fixture.purchase([60: text], type: type), now: Fixture.now)
        return (read.request ?? read.advice?.request)?.credential
    }

    private static func facts(_ set: (inout CredentialFacts) -> Void) -> CredentialFacts {
        var facts = CredentialFacts()
        set(&facts)
        return facts
    }

    private static func address(
        _ presented: AddressVerification.Presented?,
        _ result: AddressVerification.Result? = nil
    ) -> CredentialFacts {
        facts { $0.address = AddressVerification(presented: presented, result: result) }
    }

    private static func cardCode(
        _ presence: ProofVerification.Presence?,
        _ result: ProofVerification.Result? = nil
    ) -> CredentialFacts {
        facts { $0.cardCode = ProofVerification(presence: presence, result: result) }
    }

    private static func token(_ set: (inout TokenFacts) -> Void) -> CredentialFacts {
        var token = TokenFacts()
        set(&token)
        return facts { $0.token = token }
    }

    /// What DE 60 tells, and what is kept of it; nil for nothing.
    static let rows: [(text: String, facts: CredentialFacts?)] = [
        ("310528013", address(.postalCode)), ("3202" + "12", address(.numbers)),
        ("310528013" + "3202" + "12", address(.both)), ("3303   ", nil),
        ("3301Y", address(nil, .match)), ("3301Z", address(nil, .postalCodeOnly)),
        ("3301A", address(nil, .numbersOnly)), ("3301N", address(nil, .noMatch)),
        ("3301S", address(nil, .notSupported)), ("310528013" + "3301U", address(.postalCode, .unavailable)),
        ("3403123", cardCode(.present)), ("3403123" + "35010", cardCode(.present)), ("3403   ", nil),
        ("35010", cardCode(.omitted)), ("35011", cardCode(.present)), ("35012", cardCode(.illegible)),
        ("35019" + "3601P", cardCode(.notOnCard, .notVerified)), ("3403123" + "3601M", cardCode(.present, .match)),
        ("3703ABC", facts { $0.authentication = ProofVerification(presence: .present) }),
        ("3801N", facts { $0.authentication = ProofVerification(result: .noMatch) }),
        ("11011", facts { $0.storedUse = .first }), ("11012", facts { $0.storedUse = .subsequent }),
        ("2703REF", token { $0.reference = "REF" }), ("27164000000000000002", nil),
        ("2722REF4000 0000 0000 0002", nil), ("2708REF-4000", token { $0.reference = "REF-4000" }),
        (
            "2764" + String(repeating: "r", count: 64),
            token {
                $0.reference = String(repeating: "r", count: 64)
            }
        ),
        ("280299", token { $0.assurance = 99 }), ("28010", token { $0.assurance = 0 }),
        ("2901M", token { $0.cryptogram = .match }), ("03012", nil),
    ]

    @Test(arguments: rows)
    func `is that proofs were given, and what the network found`(_ row: (text: String, facts: CredentialFacts?)) {
        #expect(Self.facts(row.text) == row.facts)
        #expect(Self.facts(row.text, type: 120) == row.facts)
    }

    @Test(arguments: [
        "11013", "2765" + String(repeating: "r", count: 65), "280310 ", "2803100", "2802-1", "2802 1", "2901X", "3301X",
        "35013", "3601X", "3801X",
    ])
    func `is nothing where it cannot be read, and the request goes on`(_ text: String) throws {
        let request = Fixture.reader.read(Fixture.purchase([60: text]), now: Fixture.now).request
        #expect(try #require(request).credential == nil)
    }

    @Test(arguments: [
        ("2616" + "4895370012345670", true), ("26114895370012A", false), ("2616" + "489537001234567X", false),
    ])
    func `has a token's number as a secret, and its index in the command`(_ text: String, _ isNumber: Bool) throws {
        let message = Fixture.purchase([60: text + "2703REF"])
        #expect((Fixture.reader.token(of: message) != nil) == isNumber)
        guard case .take(_, let read, _) = Fixture.reader.read(message, now: Fixture.now) else {
            return #expect(Bool(false), "a purchase is taken")
        }
        let index = [UInt8](repeating: 7, count: TokenFacts.indexLength)
        guard case .authorize(let request) = read.command(for: nil, nil, tokenIndex: isNumber ? index : nil) else {
            return #expect(Bool(false), "a purchase is authorized")
        }
        #expect(request.credential?.token?.index == (isNumber ? index : nil))
        #expect(request.credential?.token?.reference == "REF")
    }

    @Test func `does not hold what was given as proof, nor an address, nor a token's number`() throws {
        let text = "26164895370012345670" + "310528013" + "320299" + "3403987" + "3708QUJDREVG" + "2703REF"
        let request = try #require(
            Fixture.reader.read(Fixture.purchase([60: text]), now: Fixture.now).request
        )
        let kept = "\(request)"
        for secret in ["4895370012345670", "28013", "987", "QUJDREVG"] { #expect(!kept.contains(secret)) }
        #expect(kept.contains("REF"))
    }

    @Test func `is nothing where the network has no places for it`() throws {
        var profile = Fixture.profile
        profile.credential = CredentialLocations()
        let message = Fixture.purchase([60: "310528013" + "26164895370012345670"])
        let reader = RequestReader(profile: profile)
        #expect(reader.read(message, now: Fixture.now).request?.credential == nil)
        #expect(reader.token(of: message) == nil)
    }
}
