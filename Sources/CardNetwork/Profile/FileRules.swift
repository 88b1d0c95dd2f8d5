import AuthorizationCore
import AuthorizationEngine
import ISO8583

/// How a network takes updates of the file that it declines by when it stands in for us.
package struct FileRules: Sendable {
    /// DE 101, 1 to 17 characters.
    package var file: String
    /// DE 33, who sends the update: 1 to 11 digits; nil leaves it out.
    package var institution: String?
    /// Where the reason stands; nil: nowhere.
    package var reasonElement: Int?
    /// The reason of an entry: what the network is to answer.
    package var reasons: [CardStatus: String]
    /// Those that differ where the card's own reason is known.
    package var statedReasons: [FileListing: String] = [:]
    /// What DE 39 of the answer means. Other codes are refusals.
    package var meanings: [String: FileAnswer]
    /// Messages at once, and new ones a second.
    package var outstandingLimit = 8
    /// How long to wait between an answer that has not come, or a busy network, and the next message.
    package var repetition = Backoff(first: .seconds(60), longest: .seconds(900))

    /// The reasons are the codes with which we decline ourselves.
    ///
    /// - Parameter responses: of the network.
    package init(file: String, edition: Edition, responses: ResponseTable) {
        self.file = file
        reasons = Dictionary(
            uniqueKeysWithValues: CardStatus.allCases.compactMap { status in
                Self.declineReason(status).map { (status, responses.decline($0, at: .pointOfSale).code) }
            }
        )
        meanings = Self.standardMeanings(edition)
    }

    package func reason(of listing: FileListing) -> String? { statedReasons[listing] ?? reasons[listing.status] }

    func meaning(of code: String) -> FileAnswer { meanings[code] ?? .refused }

    /// Of cards that stand in files.
    private static func declineReason(_ status: CardStatus) -> DeclineReason? {
        switch status {
        case .blocked: .cardBlocked
        case .lost: .cardLost
        case .stolen: .cardStolen
        case .closed: .cardClosed
        // Of cards of a frozen account; one that is frozen itself is in no file.
        case .frozen: .accountFrozen
        case .inactive, .active: nil
        }
    }

    /// ISO 8583:1987 DE 39: 26 is a duplicate that replaced the old record, 25 no such record, 28 a locked file.
    /// 1993: 300 is success, 303 such a duplicate, 302 no such record, 305 a locked file.
    private static func standardMeanings(_ edition: Edition) -> [String: FileAnswer] {
        switch edition {
        case .iso1987: ["00": .accepted, "26": .accepted, "25": .absent, "28": .busy, "91": .busy, "96": .busy]
        case .iso1993: ["300": .accepted, "303": .accepted, "302": .absent, "305": .busy, "907": .busy, "909": .busy]
        }
    }
}
