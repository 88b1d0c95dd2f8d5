package enum CardStatus: UInt8, ClosedList {
    case inactive = 1
    case active = 2
    case frozen = 3
    case blocked = 4
    case lost = 5
    case stolen = 6
    case closed = 7

    /// Whether networks that stand in for us must know, so that they decline too. A frozen card is not hot: its holder
    /// switches it, often for minutes, and networks take updates of their files for what lasts.
    package var isHot: Bool {
        switch self {
        case .blocked, .lost, .stolen, .closed: true
        case .inactive, .active, .frozen: false
        }
    }

    /// What networks' files say of a card with this status in an account with that one; nil is no entry. A frozen account
    /// is the issuer's to free, and its cards stand there as frozen. The card's own reason comes first, as in a decline.
    package func fileStatus(in account: AccountStatus) -> CardStatus? {
        if isHot { return self }
        switch account {
        case .open: return nil
        case .frozen: return .frozen
        case .closed: return .closed
        }
    }

    /// Those that networks' files have.
    package static let inFiles = allCases.filter { $0.isHot || $0 == .frozen }
}

/// Month and year in which a card expires (ISO 8583 element 14, `YYMM`).
package struct ExpiryMonth: Hashable, Sendable {
    /// Year × 100 + month, such as 202911.
    package let yearMonth: UInt32

    /// Nil unless the month is 1 to 12 and the year 2000 to 2099.
    package init?(year: Int, month: Int) {
        guard (2000...2099).contains(year), (1...12).contains(month) else { return nil }
        yearMonth = UInt32(year * 100 + month)
    }

    package var year: Int { Int(yearMonth / 100) }
    package var month: Int { Int(yearMonth % 100) }
}

/// One plastic or virtual form of a card. Two may be valid while one replaces the other.
package struct CardInstance: Hashable, Sendable {
    /// PAN sequence number (ISO 8583 element 23), 0 to 99.
    package var sequenceNumber: UInt8
    package var expiry: ExpiryMonth
    /// First instant at which it is no longer valid: the end of the expiry month in the program's time zone.
    package var validUntil: Instant
    /// Service code (ISO/IEC 7813), three digits as a number.
    package var serviceCode: UInt16
    package var active: Bool
    /// Whether activating it ends the other instances; false once that is done. Of a renewal the others go on.
    package var endsOthers = false
    /// The versions of the program's keys that its values are made with: chosen when it is made, and never changed. Of a
    /// key that is not among them nobody knows the version.
    package var keyVersions: [StoredKeyVersion] = []

    package init(
        sequenceNumber: UInt8,
        expiry: ExpiryMonth,
        validUntil: Instant,
        serviceCode: UInt16,
        active: Bool
    ) {
        self.sequenceNumber = sequenceNumber
        self.expiry = expiry
        self.validUntil = validUntil
        self.serviceCode = serviceCode
        self.active = active
    }

    /// Nil where nobody knows.
    package func version(of key: StoredKeyName) -> Int32? { keyVersions.first { $0.name == key }?.version }
}

/// A card without its number: the PAN lives only in the vault's columns.
package struct Card: Hashable, Sendable {
    package var id: CardID
    package var status: CardStatus
    /// Last four digits of the PAN, 0 to 9999.
    package var lastFour: UInt16
    package var instances: [CardInstance]
    package var issuedAt: Instant
    package var details = CardDetails()
    /// Version of the stored row, 0 before it is first written.
    package var version: Int64 = 0

    package init(id: CardID, lastFour: UInt16, instances: [CardInstance], issuedAt: Instant) {
        self.id = id
        status = .active
        self.lastFour = lastFour
        self.instances = instances
        self.issuedAt = issuedAt
    }
}

extension Card {
    /// Grows whenever what proofs are verified with changes: with each new instance and its activation.
    package var profileVersion: Int64 {
        let newestActive = instances.lazy.filter(\.active).map(\.sequenceNumber).max() ?? 0
        return Int64(instances.count - 1) * 100 + Int64(newestActive)
    }
}
