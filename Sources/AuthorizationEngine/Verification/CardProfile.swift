import AuthorizationCore

/// What proofs of a card are verified with. It changes seldom and is read without locks; whether it was the right one
/// is compared under the lock.
package struct CardProfile: Sendable {
    package var card: CardID
    package var instances: [CardInstance]
    package var program: ProgramID
    /// Nil where the program verifies nothing.
    package var policy: VerificationPolicy?
    package var version: ProfileVersion
    /// Nil for a card without a PIN. Its tries are those of the time of reading, and are not to be looked at.
    package var pin: StoredPIN?

    package init(
        card: CardID,
        instances: [CardInstance],
        program: ProgramID,
        policy: VerificationPolicy?,
        version: ProfileVersion,
        pin: StoredPIN? = nil
    ) {
        self.card = card
        self.instances = instances
        self.program = program
        self.policy = policy
        self.version = version
        self.pin = pin
    }
}

/// Which state of card and program a profile was.
package struct ProfileVersion: Hashable, Sendable {
    /// ``Card/profileVersion``.
    package var card: Int64
    package var status: CardStatus
    /// Of the program, 1 or more.
    package var program: Int32

    package init(card: Int64, status: CardStatus, program: Int32) {
        self.card = card
        self.status = status
        self.program = program
    }
}

/// Gives the profiles of cards.
package protocol CardProfiles: Sendable {
    /// - Parameters:
    ///   - fresh: as it is stored now, because a copy was stale.
    ///   - completion: called once, on any thread; nil when there is no such card.
    func profile(
        of card: CardID,
        fresh: Bool,
        completion: @escaping @Sendable (Result<CardProfile?, any Error>) -> Void
    )
}
