import AuthorizationCore

/// What the first version of money without a card and of cards' instances wrote to the journal, as hexadecimal digits:
/// stored rows are like these, so their bytes must be read, written and decided again alike for ever.
enum IssuingBytes {
    static let commands: [Command] = [
        .moneyCommand(.move(MoneyMovement(.withdrawal, Money(1_000, .euro), text: "payout"))),
        .moneyCommand(.move(MoneyMovement(.creditAdjustment, Money(300, .euro), text: "twice"))),
        .moneyCommand(.send(OutgoingTransfer(to: other, .open, Money(2_500, .euro), reference: "rent"))),
        .moneyCommand(.receive(IncomingTransfer(sent, from: other, Money(700, .euro), reference: "back"))),
        .moneyCommand(.placeHold(PlaceLegalHold(hold, Money(40_000, .euro), reason: "order"))),
        .moneyCommand(.releaseHold(ReleaseLegalHold(hold, reason: "lifted"))),
        .cardCommand(.reissue(ReissueCard(card: World.card, instance: waiting))),
        .cardCommand(.activateInstance(ActivateInstance(card: World.card, sequenceNumber: 1))),
        .issueCard(IssueCard(card: single, lastFour: 7, instance: waiting, terms: CardTerms(useLimit: 1))),
        .cardCommand(.replace(ReplaceCard(card: World.card, status: .stolen, reason: "gone", new: physical))),
    ]

    private static let other = AccountID(at: World.dayStart, shard: World.shard, entropy: 41)
    private static let sent = TransferID(at: World.dayStart, shard: World.shard, entropy: 42)
    private static let hold = LegalHoldID(at: World.dayStart, shard: World.shard, entropy: 43)
    private static let single = CardID(at: World.dayStart, shard: World.shard, entropy: 44)

    private static let waiting: CardInstance = {
        var instance = CardInstance(
            sequenceNumber: 1,
            expiry: .of(2031, 2),
            validUntil: World.dayStart + 2_000 * 24 * Instant.hour,
            serviceCode: 201,
            active: false
        )
        instance.endsOthers = true
        return instance
    }()

    private static let physical = IssueCard(
        card: CardID(at: World.dayStart, shard: World.shard, entropy: 45),
        lastFour: 8,
        instance: waiting,
        terms: CardTerms(form: .physical)
    )

    /// Each step's command and decision.
    static func perform() -> [(command: Command, decision: Decision)] {
        var world = World()
        return commands.map { ($0, world.perform($0)) }
    }

    static let steps: [(String, String)] = [
        (
            """
            0f01d00fa40f067061796f7574
            """,
            """
            0400010401925766ae007123910a2dec89025cc10103d00fa40f0101000001a40f01c09a0c00000000f08a0c00000000
            """
        ),
        (
            """
            0f02d804a40f057477696365
            """,
            """
            0400010401925766ae007123975835de1c9756ce0203d804a40f0105000001a40f01f08a0c00000000c88f0c00000000
            """
        ),
        (
            """
            10019254d3800071238000000000000029018827a40f0472656e74
            """,
            """
            0400010401925766ae0071239d0b14e4db018fed01038827a40f0104000001a40f01c88f0c00000000c0e80b00000000
            """
        ),
        (
            """
            11019254d380007123800000000000002a019254d3800071238000000000000029f80aa40f046261636b
            """,
            """
            0400010401925766ae007123ae73e372e2338aca0203f80aa40f0104000001a40f01c0e80b00000000b8f30b00000000
            """
        ),
        (
            """
            12019254d380007123800000000000002b80f104a40f056f72646572
            """,
            """
            0400020401925766ae007123a3033b0ca389c35a010480f104a40f0106000013019254d380007123800000000000002ba40f0180f104
            056f7264657280c0bd91ade991060001a40f01b8f30b00000000b8f30b00000080f104
            """
        ),
        (
            """
            13019254d380007123800000000000002b066c6966746564
            """,
            """
            0400020401925766ae007123bd64a5d9adefe000020480f104a40f0106000013019254d380007123800000000000002ba40f0180f104
            056f7264657280c0bd91ade991060180c0bd91ade9910601a40f01b8f30b00000080f104b8f30b00000000
            """
        ),
        (
            """
            15019254d380007123800000000000000202bce5188080d0cc8fb1e006920302
            """,
            """
            04000103019254d380007123800000000000000202a4130200bee2188080d8b7fd8bb90692030102bce5188080d0cc8fb1e006920302
            8080e0a2ebe6910600
            """
        ),
        (
            """
            16019254d380007123800000000000000201
            """,
            """
            04000103019254d380007123800000000000000202a4130200bee2188080d8b7fd8bb90692030002bce5188080d0cc8fb1e006920301
            8080e0a2ebe6910600
            """
        ),
        (
            """
            14019254d380007123800000000000002c0e02bce5188080d0cc8fb1e0069203020102
            """,
            """
            04000112019254d380007123800000000000002c020e0102bce5188080d0cc8fb1e00692030280c0bd91ade99106010200000000
            """
        ),
        (
            """
            17019254d38000712380000000000000020604676f6e65019254d380007123800000000000002d1002bce5188080d0cc8fb1e0069203
            020200
            """,
            """
            04000212019254d380007123800000000000002d01100102bce5188080d0cc8fb1e00692030280c0bd91ade9910602000001019254d3
            8000712380000000000000020012019254d380007123800000000000000206a4130200bee2188080d8b7fd8bb90692030002bce51880
            80d0cc8fb1e0069203018080e0a2ebe691060100000001019254d380007123800000000000002d00
            """
        ),
    ]
}
