import AuthorizationCore

/// What the first version of account types, credit limits and wallets' tokens wrote to the journal, as hexadecimal digits:
/// stored rows are like these, so their bytes must be read, written and decided again alike for ever.
enum TypeAndTokenBytes {
    private static let index = World.index(ofToken: 1)

    private static let opening = OpenAccount(
        account: AccountID(at: World.dayStart, shard: World.shard, entropy: 46),
        tenant: World.tenant,
        program: World().program.id,
        balances: [OpenAccount.Line(balance: World.euros, creditLimit: 5_000)],
        type: .credit
    )

    private static let registration = RegisterToken(
        World.token(1),
        index: index,
        of: World.card,
        reference: "DTR-42",
        requestor: "40010030273"
    )

    static let commands: [Command] = [
        .moneyCommand(.setCreditLimit(SetCreditLimit(Money(7_000, .euro), reason: "raise"))),
        .cardCommand(.registerToken(registration)),
        .authorize(payment()),
        .cardCommand(.changeToken(ChangeToken(index: index, of: World.card, to: .suspended, reason: "lost"))),
        .authorize(payment()),
        .authorize(payment { $0.isTokenOfOtherAccount = true }),
    ]

    private static func payment(_ change: (inout AuthorizationRequest) -> Void = { _ in }) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(100)
        request.use(token: 1)
        change(&request)
        return request
    }

    /// Each step's command and decision; the first opens an account of its own.
    static func perform() -> [(command: Command, decision: Decision)] {
        var world = World()
        let open = Command.openAccount(opening)
        let opened = decide(open, AccountState(), program: nil, at: world.moment, seed: 1)
        return [(open, opened)] + commands.map { ($0, world.perform($0)) }
    }

    static let steps: [(String, String)] = [
        (
            """
            1b019254d380007123800000000000002e019254d3800071238000000000000003019254d380007123800000000000000401a40f0190
            4e03
            """,
            """
            04000201019254d380007123800000000000002e019254d3800071238000000000000003019254d38000712380000000000000043100
            80c0bd91ade9910620000000000000000000000000000000000000000000000000000000000000000080c0bd91ade9910602a40f0190
            4e00
            """
        ),
        (
            """
            1cb06da40f057261697365
            """,
            """
            04000117a40f01b06d01a40f01c09a0c00000000c09a0c0000b06d00
            """
        ),
        (
            """
            18019254d3800071238000000000000002019254d3800071238000000000000191200101010101010101010101010101010101010101
            010101010101010101010101064454522d34320b3430303130303330323733
            """,
            """
            04000116019254d3800071238000000000000002019254d3800071238000000000000191200101010101010101010101010101010101
            010101010101010101010101010101064454522d34320b34303031303033303237330180c0bd91ade9910600
            """
        ),
        (
            """
            0621019254d3800071238000000000000002000001010101c801a40f000000064b696f736b6f024d31c654024553064d616472696400
            00000000000000000001200101010101010101010101010101010101010101010101010101010101010101000100
            """,
            """
            0101925766ae0071239d0b14e4db018fed92cf0d0b0101000002010000030100001a0100000401000005010000060100000701000008
            01c801a08d060901c80180e2090a01c801f0870d030401925766ae0071239cebe8a6d050dd010101c801a40f0102000101925766ae00
            71239d0b14e4db018fed06019254d3800071238000000000000002a40f8080e0a2ebe69106c801020501925766ae0071239d0b14e4db
            018fed019254d3800071238000000000000002010101a40f01c801a40fc801c801c80100008080e0a2ebe691060080c0bd91ade99106
            01a40f01c09a0c0000b06d00c09a0cc80100b06d00
            """
        ),
        (
            """
            1d019254d380007123800000000000000220010101010101010101010101010101010101010101010101010101010101010102046c6f
            7374
            """,
            """
            04000116019254d3800071238000000000000002019254d3800071238000000000000191200101010101010101010101010101010101
            010101010101010101010101010101064454522d34320b34303031303033303237330280c0bd91ade9910600
            """
        ),
        (
            """
            0621019254d3800071238000000000000002000001010101c801a40f000000064b696f736b6f024d31c654024553064d616472696400
            00000000000000000001200101010101010101010101010101010101010101010101010101010101010101000100
            """,
            """
            02320101925766ae007123a3033b0ca389c35a0b0101000002010000030100001a023200000401000005010000060100000701000008
            01c801a08d060901900380e2090a01c801a8860d010501925766ae007123a3033b0ca389c35a019254d3800071238000000000000002
            05010000a40f00000000008080e0a2ebe691060080c0bd91ade9910601a40f01c09a0cc80100b06d00c09a0cc80100b06d00
            """
        ),
        (
            """
            06a108019254d3800071238000000000000002000001010101c801a40f000000064b696f736b6f024d31c654024553064d6164726964
            0000000000000000000001200101010101010101010101010101010101010101010101010101010101010101000100
            """,
            """
            02340101925766ae007123bd64a5d9adefe0000b0101000002010000030100001a023400000401000005010000060100000701000008
            01c801a08d060901900380e2090a01c801a8860d010501925766ae007123bd64a5d9adefe000019254d3800071238000000000000002
            05010000a40f00000000008080e0a2ebe691060080c0bd91ade9910601a40f01c09a0cc80100b06d00c09a0cc80100b06d00
            """
        ),
    ]
}
