import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `A file update` {
    private static func rules(_ profile: NetworkProfile = Fixture.profile) -> FileRules {
        var rules = FileRules(file: "HOTCARDS", edition: profile.dialect.edition, responses: profile.responses)
        rules.institution = "123456"
        rules.reasonElement = 120
        rules.statedReasons = [FileListing(.blocked, .suspectedFraud): "59"]
        return rules
    }

    private static func message(
        _ action: FileUpdate.Action,
        isRepeat: Bool = false,
        _ profile: NetworkProfile = Fixture.profile
    ) throws -> Message {
        let update = FileUpdate(action: action, trace: 42, firstSentAt: Fixture.now, isRepeat: isRepeat)
        return profile.message(update, of: try #require(PAN(ascii: Fixture.number.utf8)), rules(profile))
    }

    /// What is said of the card, DE 91, and the reason in DE 120.
    @Test(
        arguments: [
            (.add(FileListing(.blocked)), "1", "62"), (.add(FileListing(.lost)), "1", "41"),
            (.change(FileListing(.stolen)), "2", "43"), (.change(FileListing(.closed)), "2", "46"),
            (.add(FileListing(.blocked, .suspectedFraud)), "1", "59"),
            (.change(FileListing(.blocked, .legalOrder)), "2", "62"),
            (.add(FileListing(.closed, .suspectedFraud)), "1", "46"), (.delete, "3", nil),
        ] as [(FileUpdate.Action, String, String?)]
    )
    func `is an 0302 with DE 91, and its repeat an 0303 with the same elements`(
        action: FileUpdate.Action,
        code: String,
        reason: String?
    ) throws {
        let message = try Self.message(action)
        #expect(message.messageType == 302)
        #expect(message.text(2) == Fixture.number)
        #expect(message.text(7) == "0601120000")
        #expect(message.text(11) == "000042")
        #expect(message.text(33) == "123456")
        #expect(message.text(73) == "260601")
        #expect(message.text(91) == code)
        #expect(message.text(101) == "HOTCARDS")
        #expect(message.text(120) == reason)
        #expect(Fixture.profile.dialect.missingElements(in: message).isEmpty)
        #expect(Fixture.profile.dialect.unexpectedElements(in: message).isEmpty)
        var repeated = try Self.message(action, isRepeat: true)
        #expect(repeated.messageType == 303)
        repeated.messageType = 302
        #expect(repeated == message)
    }

    @Test(arguments: [
        (FileUpdate.Action.add(FileListing(.lost)), "301"), (.change(FileListing(.lost)), "302"), (.delete, "303"),
    ])
    func `is a 1304 with DE 24 in the 1993 edition`(action: FileUpdate.Action, function: String) throws {
        let profile = NetworkProfile(name: "test", dialect: .iso93BCD, framing: Fixture.profile.framing)
        let message = try Self.message(action, profile)
        #expect(message.messageType == 1_304)
        #expect(message.text(12) == "260601120000")
        #expect(message.text(24) == function)
        #expect(!message.contains(91))
        #expect(try Self.message(action, isRepeat: true, profile).messageType == 1_305)
        _ = try Codec.encode(message, dialect: profile.dialect)
    }

    @Test func `is answered by its key in a message of its class`() throws {
        let update = FileUpdate(action: .delete, trace: 42, firstSentAt: Fixture.now, isRepeat: true)
        let answer = Fixture.message(312, [7: "0601120000", 11: "000042", 39: "00"])
        #expect(AnswerKey(answer: answer, to: .fileAction) == AnswerKey(update))
        #expect(AnswerKey(answer: answer, to: .network) == nil)
        #expect(AnswerKey(answer: Fixture.message(302, [11: "000042"]), to: .fileAction) == nil)
    }

    @Test(arguments: [("00", FileAnswer.accepted), ("26", .accepted), ("25", .absent), ("28", .busy), ("30", .refused)])
    func `has an answer that the network's table explains`(code: String, meaning: FileAnswer) {
        #expect(Self.rules().meaning(of: code) == meaning)
    }

    /// A change of the rules, and whether the dialect's messages carry it.
    @Test(arguments: [(120, true), (48, true), (101, false), (39, false), (131, false)])
    func `is held against the dialect before it is needed`(reasonElement: Int, fits: Bool) {
        var rules = Self.rules()
        rules.reasonElement = reasonElement
        rules.reasons = [.lost: "LOST"]
        #expect((rules.problem(in: Fixture.profile) == nil) == fits)
        rules.statedReasons = [FileListing(.blocked, .legalOrder): String(repeating: "L", count: 1_000)]
        #expect(rules.problem(in: Fixture.profile) != nil)
        rules.statedReasons = [:]
        rules.file = String(repeating: "F", count: 18)
        rules.reasonElement = nil
        #expect(rules.problem(in: Fixture.profile) != nil)
    }
}
