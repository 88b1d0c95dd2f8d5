import AuthorizationCore
import AuthorizationEngine
import Testing

extension FileListing {
    fileprivate static let blocked = FileListing(.blocked)
    fileprivate static let fraud = FileListing(.blocked, .confirmedFraud)
    fileprivate static let lost = FileListing(.lost)
    fileprivate static let stolen = FileListing(.stolen)
}

/// What a network is told of a card: a dialogue is a column of inputs and what comes out of each.
@Suite struct `A file entry` {
    private static let start = Instant(microseconds: 1_780_315_200_000_000)
    private static let wait = Duration.seconds(70)

    private static func at(_ seconds: Int64) -> Instant {
        Instant(microseconds: start.microseconds + seconds * 1_000_000)
    }

    private static func entry(_ wanted: FileListing?, acknowledged: FileListing? = nil) -> FileEntry {
        let card = CardID(at: start, shard: Shard(truncating: 5), entropy: 1)
        var entry = FileEntry(card: card, network: "blue", wanted: wanted, at: start)
        entry.acknowledged = acknowledged
        return entry
    }

    private static func update(
        _ action: FileUpdate.Action,
        _ trace: Int64,
        at seconds: Int64 = 0,
        isRepeat: Bool = false
    ) -> FileUpdate {
        FileUpdate(action: action, trace: trace, firstSentAt: at(seconds), isRepeat: isRepeat)
    }

    @Test func `stands for cards that must not be accepted by anybody`() {
        #expect(CardStatus.allCases.filter(\.isHot) == [.blocked, .lost, .stolen, .closed])
    }

    /// A card's status, and what files say of it in an open, a frozen and a closed account.
    static let effective: [(CardStatus, [CardStatus?])] = [
        (.inactive, [nil, .frozen, .closed]), (.active, [nil, .frozen, .closed]), (.frozen, [nil, .frozen, .closed]),
        (.blocked, [.blocked, .blocked, .blocked]), (.lost, [.lost, .lost, .lost]),
        (.stolen, [.stolen, .stolen, .stolen]), (.closed, [.closed, .closed, .closed]),
    ]

    @Test(arguments: effective)
    func `a card stands for itself, else for its account`(_ row: (card: CardStatus, inFiles: [CardStatus?])) {
        #expect(AccountStatus.allCases.map { row.card.fileStatus(in: $0) } == row.inFiles)
        #expect(row.inFiles.allSatisfy { $0.map(CardStatus.inFiles.contains) ?? true })
    }

    /// What is wanted, what the network has, and what it is told.
    @Test(
        arguments: [
            (.blocked, nil, .add(.blocked)), (.lost, .blocked, .change(.lost)), (nil, .blocked, .delete),
            (.stolen, .stolen, nil), (nil, nil, nil), (.fraud, .blocked, .change(.fraud)), (.fraud, .fraud, nil),
        ] as [(FileListing?, FileListing?, FileUpdate.Action?)]
    )
    func `is added, changed or deleted, or left alone`(
        wanted: FileListing?,
        acknowledged: FileListing?,
        action: FileUpdate.Action?
    ) {
        var entry = Self.entry(wanted, acknowledged: acknowledged)
        #expect(entry.state == (action == nil ? .acknowledged : .pending))
        #expect(entry.sent(at: Self.at(0), trace: 7, wait: Self.wait) == action.map { Self.update($0, 7) })
        #expect(entry.state == (action == nil ? .acknowledged : .pending))
        entry.answered(.accepted, code: "00", at: Self.at(1), wait: Self.wait)
        #expect(entry.state == .acknowledged && entry.acknowledged == wanted)
        #expect(entry.lastAnswer == (action == nil ? nil : FileEntry.Answer(code: "00", at: Self.at(1))))
    }

    @Test func `is repeated with the same numbers until it is answered`() {
        var entry = Self.entry(.blocked)
        #expect(entry.sent(at: Self.at(0), trace: 7, wait: Self.wait) == Self.update(.add(.blocked), 7))
        #expect(entry.dueAt == Self.at(70) && entry.attempts == 1)
        let second = entry.sent(at: Self.at(70), trace: 8, wait: Self.wait)
        #expect(second == Self.update(.add(.blocked), 7, isRepeat: true))
        #expect(entry.dueAt == Self.at(140) && entry.attempts == 2)
        entry.answered(.accepted, code: "00", at: Self.at(71), wait: Self.wait)
        #expect(entry.state == .acknowledged && entry.attempts == 0)
        // A second answer is to nothing.
        entry.answered(.refused, code: "30", at: Self.at(72), wait: Self.wait)
        #expect(entry.state == .acknowledged && entry.lastAnswer?.code == "00")
    }

    @Test func `is replaced before it is sent, and not overtaken afterwards`() {
        var entry = Self.entry(.blocked)
        entry.wanted = .lost
        #expect(entry.sent(at: Self.at(0), trace: 7, wait: Self.wait)?.action == .add(.lost))
        // What has left is settled first, whatever is wanted meanwhile.
        entry.wanted = nil
        let second = entry.sent(at: Self.at(70), trace: 8, wait: Self.wait)
        #expect(second == Self.update(.add(.lost), 7, isRepeat: true))
        entry.answered(.accepted, code: "00", at: Self.at(71), wait: Self.wait)
        #expect(entry.state == .pending && entry.dueAt == Self.at(71))
        let third = entry.sent(at: Self.at(72), trace: 9, wait: Self.wait)
        #expect(third == Self.update(.delete, 9, at: 72))
        entry.answered(.accepted, code: "00", at: Self.at(73), wait: Self.wait)
        #expect(entry.state == .acknowledged && entry.acknowledged == nil)
    }

    @Test func `that was refused is not sent again until something else is wanted`() {
        var entry = Self.entry(.blocked)
        _ = entry.sent(at: Self.at(0), trace: 7, wait: Self.wait)
        entry.answered(.refused, code: "30", at: Self.at(1), wait: Self.wait)
        #expect(entry.state == .refused && entry.since == Self.at(1))
        #expect(entry.sent(at: Self.at(2), trace: 8, wait: Self.wait) == nil)
        entry.wanted = .lost
        #expect(entry.state == .pending)
        #expect(entry.sent(at: Self.at(3), trace: 8, wait: Self.wait) == Self.update(.add(.lost), 8, at: 3))
        entry.answered(.refused, code: "30", at: Self.at(4), wait: Self.wait)
        // Nothing is there to be deleted.
        entry.wanted = nil
        #expect(entry.state == .acknowledged)
    }

    /// What is wanted and what the network had, when it says that there is no such entry.
    @Test(
        arguments: [
            (nil, .blocked, .acknowledged, nil), (.lost, .blocked, .pending, .add(.lost)),
            (.blocked, nil, .refused, nil),
        ] as [(FileListing?, FileListing?, FileEntry.State, FileUpdate.Action?)]
    )
    func `that the network does not have is gone, or added, or refused`(
        wanted: FileListing?,
        acknowledged: FileListing?,
        state: FileEntry.State,
        next: FileUpdate.Action?
    ) {
        var entry = Self.entry(wanted, acknowledged: acknowledged)
        _ = entry.sent(at: Self.at(0), trace: 7, wait: Self.wait)
        entry.answered(.absent, code: "25", at: Self.at(1), wait: Self.wait)
        #expect(entry.state == state)
        #expect(entry.sent(at: Self.at(2), trace: 8, wait: Self.wait)?.action == next)
    }

    @Test func `is tried again later where the network is busy, as a new message and with what is wanted then`() {
        var entry = Self.entry(.blocked)
        _ = entry.sent(at: Self.at(0), trace: 7, wait: Self.wait)
        entry.answered(.busy, code: "96", at: Self.at(1), wait: .seconds(60))
        #expect(entry.state == .pending && entry.dueAt == Self.at(61) && entry.attempts == 1)
        entry.wanted = .stolen
        let next = entry.sent(at: Self.at(61), trace: 8, wait: Self.wait)
        #expect(next == Self.update(.add(.stolen), 8, at: 61))
        #expect(entry.attempts == 2)
    }
}
