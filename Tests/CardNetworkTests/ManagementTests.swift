import AuthorizationCore
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `What we send a network` {
    @Test(arguments: [(ManagementCode.signOn, "001"), (.signOff, "002"), (.echo, "301")])
    func `is an 0800 with DE 7, DE 11 and DE 70`(code: ManagementCode, number: String) throws {
        let key = AnswerKey(transmission: 601_120_000, trace: 42)
        let message = Fixture.profile.request(code, key, at: Fixture.now)
        #expect(message.messageType == 800)
        #expect(message.text(7) == "0601120000")
        #expect(message.text(11) == "000042")
        #expect(message.text(70) == number)
        #expect(Fixture.profile.dialect.missingElements(in: message).isEmpty)
        let answer = try #require(message.answer(echoing: [7, 11, 70]))
        #expect(AnswerKey(answer: answer, to: .network) == key)
    }

    @Test(arguments: [(ManagementCode.signOn, "801"), (.signOff, "802"), (.echo, "831")])
    func `is an 1804 with the year and DE 24 in the 1993 edition`(code: ManagementCode, number: String) throws {
        var profile = Fixture.profile
        profile.dialect = .iso93BCD
        let key = AnswerKey(transmission: 601_120_000, trace: 42)
        let message = profile.request(code, key, at: Fixture.now)
        #expect(message.messageType == 1_804)
        #expect(message.text(12) == "260601120000")
        #expect(message.text(24) == number)
        _ = try Codec.encode(message, dialect: profile.dialect)
    }

    @Test func `is approved by 00, or 800 in the 1993 edition`() {
        var profile = Fixture.profile
        #expect(profile.isApproval(Fixture.message(810, [39: "00"])))
        #expect(!profile.isApproval(Fixture.message(810, [39: "91"])))
        profile = NetworkProfile(name: "test", dialect: .iso93BCD, framing: profile.framing)
        #expect(profile.isApproval(Fixture.message(1_814, [39: "800"])))
        #expect(!profile.isApproval(Fixture.message(1_814, [39: "907"])))
    }

    @Test func `is not answered by a request, by another class, or without DE 11`() {
        #expect(AnswerKey(answer: Fixture.message(800, [11: "000042"]), to: .network) == nil)
        #expect(AnswerKey(answer: Fixture.message(110, [11: "000042"]), to: .network) == nil)
        #expect(AnswerKey(answer: Fixture.message(810, [39: "00"]), to: .network) == nil)
    }

    /// Moments in microseconds since 1970, and DE 7.
    @Test(arguments: [
        (0, 101_000_000), (1_780_315_200_000_000, 601_120_000), (1_709_164_799_000_000, 228_235_959),
        (1_709_164_800_000_000, 229_000_000), (1_709_251_200_000_000, 301_000_000),
        (1_767_225_599_000_000, 1_231_235_959),
    ])
    func `has the time of day in UTC in DE 7`(microseconds: Int64, digits: Int64) {
        #expect(TransmissionTime.digits(at: Instant(microseconds: microseconds)) == digits)
    }
}

@Suite struct `Waits before dialling again` {
    @Test func `double up to a bound and are drawn from all below it`() {
        var backoff = Backoff(first: .milliseconds(200), longest: .seconds(1))
        #expect(
            (0..<5).map { _ in backoff.next(1) } == [
                .milliseconds(200), .milliseconds(400), .milliseconds(800), .seconds(1), .seconds(1),
            ]
        )
        #expect(backoff.next(0.5) == .milliseconds(500))
        #expect(backoff.next(0) == .zero)
        backoff.reset()
        #expect(backoff.next(1) == .milliseconds(200))
    }

    @Test func `stay bounded however often they fail`() {
        var backoff = Backoff(first: .milliseconds(1), longest: .seconds(3_600))
        for _ in 0..<1_000 { #expect(backoff.next(1) <= .seconds(3_600)) }
    }
}
