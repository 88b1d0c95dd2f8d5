import AuthorizationCore
import CardCryptography

/// For whom a command is carried out, and how long it may take.
package struct CommandOrigin: Sendable {
    package var tenant: TenantID
    package var actor: CommandActor
    package var client: ClientRequest?
    /// How long it may wait for its decision.
    package var limit: Duration
    /// Whether nobody waits for it.
    package var isBackground: Bool

    package init(
        tenant: TenantID,
        actor: CommandActor,
        client: ClientRequest?,
        limit: Duration,
        isBackground: Bool = false
    ) {
        self.tenant = tenant
        self.actor = actor
        self.client = client
        self.limit = limit
        self.isBackground = isBackground
    }
}

/// Makes cards with new numbers.
package struct CardIssuer: Sendable {
    /// New numbers tried before issuing is given up. With a billion numbers in a range and half of them taken, five
    /// in a row are taken once in 32 times; ranges are to be widened long before.
    private static let numberAttempts = 5
    /// Service code: international, normal authorization, no restrictions, with a chip (ISO/IEC 7813).
    private static let serviceCode: UInt16 = 201

    /// The program's card validity leads beyond the year 2099.
    package struct ValidityTooLong: Error {}

    private let engine: AuthorizationEngine
    private let vault: PANVault
    private let calendar: BusinessCalendar
    private let keys: HeldKeys

    package init(engine: AuthorizationEngine, vault: PANVault, calendar: BusinessCalendar, keys: HeldKeys) {
        self.engine = engine
        self.vault = vault
        self.calendar = calendar
        self.keys = keys
    }

    /// Has a command that makes a card decided.
    ///
    /// - Parameters:
    ///   - id: of the new card.
    ///   - command: made of the new card, once for each number that is tried.
    package func perform(
        _ id: CardID,
        on account: AccountID,
        _ program: Program,
        _ origin: CommandOrigin,
        _ command: (IssueCard) -> Command
    ) async throws -> Reply {
        for attempt in 1...Self.numberAttempts {
            let new = try newCard(id, program)
            let reply = await engine.perform(
                command(new.card),
                on: account,
                tenant: origin.tenant,
                actor: origin.actor,
                client: origin.client,
                cardNumber: new.number,
                within: origin.limit,
                isBackground: origin.isBackground
            )
            // The ledger refuses a number that is taken; the next one is as good as any.
            if case .failed = reply, attempt < Self.numberAttempts { continue }
            return reply
        }
        preconditionFailure("the last attempt returns or throws")
    }

    /// An instance that begins now, of the versions of the program's keys that are active now.
    package func newInstance(
        _ sequenceNumber: UInt8,
        _ program: Program,
        active: Bool
    ) throws(ValidityTooLong) -> CardInstance {
        let months = Int(program.cardValidityMonths)
        let now = program.clock(at: .wallClock)
        guard let expiry = calendar.expiry(months, after: now, timeZone: program.timeZone) else {
            throw ValidityTooLong()
        }
        var instance = CardInstance(
            sequenceNumber: sequenceNumber,
            expiry: expiry,
            validUntil: calendar.end(of: expiry, timeZone: program.timeZone),
            serviceCode: Self.serviceCode,
            active: active
        )
        instance.keyVersions = keys.active(for: program)
        return instance
    }

    private func newCard(_ id: CardID, _ program: Program) throws -> (card: IssueCard, number: PANVault.Sealed) {
        let pan = try PAN.random(bin: program.bin, length: Int(program.panLength))
        let sealed = try vault.seal(pan, associatedData: id.bytes)
        let instance = try newInstance(0, program, active: true)
        return (IssueCard(card: id, lastFour: pan.lastFour, instance: instance), sealed)
    }
}

extension IssueCard {
    package func with(_ terms: CardTerms, _ cardholder: CardholderID? = nil) -> IssueCard {
        var card = self
        card.terms = terms
        card.cardholder = cardholder
        return card
    }
}
