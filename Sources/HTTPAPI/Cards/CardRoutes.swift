import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

struct CardRoutes: Sendable {
    /// New numbers tried before issuing is given up. With a billion numbers in a range and half of them taken, five
    /// in a row are taken once in 32 times; ranges are to be widened long before.
    private static let numberAttempts = 5
    /// Service code of a virtual card: international, normal authorization, no restrictions (ISO/IEC 7813).
    private static let serviceCode: UInt16 = 201

    private let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    @Sendable func issue(_ request: APIRequest) async throws -> APIAnswer {
        let accountID: AccountID = try request.id(orElse: .accountNotFound)
        try request.checkEmptyBody()
        let client = try request.clientRequest(key: services.fingerprintKey)
        let program = try await program(of: accountID, request.tenant)
        for attempt in 1...Self.numberAttempts {
            let new = try newCard(accountID, program)
            let reply = await services.engine.perform(
                .issueCard(new.command),
                on: accountID,
                tenant: request.tenant,
                actor: request.actor,
                client: client,
                cardNumber: new.number,
                within: services.requestTimeout
            )
            // The ledger refuses a number that is taken; the next one is as good as any.
            if case .failed = reply, attempt < Self.numberAttempts { continue }
            let answer = try reply.answer(notFound: .accountNotFound)
            guard let card = answer.decision.changes.changedCard else { throw Problem.unexpectedDecision }
            return APIAnswer(
                status: .created,
                body: card.json(account: accountID),
                isReplayed: answer.isRepeated,
                location: "/v1/cards/\(card.id)"
            )
        }
        preconditionFailure("the last attempt returns or throws")
    }

    @Sendable func get(_ request: APIRequest) async throws -> APIAnswer {
        let view = try await view(request)
        var pin = PINStatus(nil, limit: 0)
        if let stored = try await services.reader.pin(of: view.card.id) {
            let program = try await services.program(of: view.account, request.tenant)
            pin = PINStatus(stored.state, limit: (program?.verification ?? VerificationPolicy()).pinTryLimit)
        }
        return .ok(view.card.json(account: view.account, files: view.files, pin: pin))
    }

    @Sendable func changeStatus(_ request: APIRequest) async throws -> APIAnswer {
        let id: CardID = try request.id(orElse: .cardNotFound)
        let errors = FieldErrors()
        let fields = try request.fields(["status", "reason"], errors)
        let status: CardStatus? = fields.required("status", .closedList)
        let reason = fields.required("reason", .text(1...200))
        let change = ChangeCard(
            card: id,
            status: try errors.require(status),
            reason: try errors.require(reason)
        )
        let account = try await view(request).account
        let answer = try await services.perform(.changeCard(change), on: account, request, notFound: .cardNotFound)
        guard let card = answer.decision.changes.changedCard else { throw Problem.unexpectedDecision }
        return APIAnswer(status: .ok, body: card.json(account: account), isReplayed: answer.isRepeated)
    }

    /// A PAN without a token, for trying things out: whoever asks has it on their server then. Its answer is not kept for
    /// repeats: a repeat opens the vault again.
    @Sendable func reveal(_ request: APIRequest) async throws -> Response {
        guard services.revealsDirectly else {
            throw Problem(.revealNotAllowed, "Ask for a token and let the cardholder's browser take it to the vault.")
        }
        try request.checkEmptyBody()
        let view = try await view(request)
        let pan = try services.vault.open(
            view.secret.ciphertext,
            keyID: view.secret.keyID,
            associatedData: view.card.id.bytes
        )
        if case .operator(let person, _) = request.actor {
            try await services.reader.recordReveal(of: view.card.id, by: person)
        }
        request.logger.notice(
            "a card number was revealed",
            metadata: [
                "card": "\(view.card.id)", "tenant": "\(request.tenant)", "actor": "\(request.actor)",
                "request": "\(request.requestID)",
            ]
        )
        let instances = view.card.instances
        let card = try await RevealedCard(
            view.card.id,
            pan,
            expiry: (instances.last(where: \.active) ?? instances.last)?.expiry,
            codes: services.cardCodes,
            within: services.requestTimeout
        )
        return Response(
            status: .init(code: 200),
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: card.json)
        )
    }

    /// Like a reveal, it is not kept for repeats: each token is another permission.
    @Sendable func makeRevealToken(_ request: APIRequest) async throws -> APIAnswer {
        try request.checkEmptyBody()
        let card = try await view(request).card.id
        let permission = RevealPermission(
            id: RevealID(at: .wallClock, shard: card.shard, entropy: .random(in: .min ... .max)),
            card: card,
            tenant: request.tenant,
            expiresAt: .wallClock + RevealPermission.lifetime
        )
        let token = try RevealToken.text(of: permission, services.vault)
        try await services.reveals.add(permission, for: request.actor)
        return APIAnswer(
            status: .created,
            body: ["token": .text(token), "expires_at": .text(Timestamp.text(permission.expiresAt))]
        )
    }

    private func view(_ request: APIRequest) async throws -> CardView {
        let id: CardID = try request.id(orElse: .cardNotFound)
        guard let view = try await services.reader.card(id, of: request.tenant) else { throw Problem.cardNotFound }
        return view
    }

    private func program(of account: AccountID, _ tenant: TenantID) async throws -> Program {
        guard let view = try await services.reader.account(account, of: tenant) else {
            throw Problem.accountNotFound
        }
        let programs = try await services.reader.programs(of: tenant)
        guard let program = programs.first(where: { $0.id == view.account.program }) else {
            throw Problem.programNotFound
        }
        return program
    }

    private func newCard(
        _ account: AccountID,
        _ program: Program
    ) throws -> (command: IssueCard, number: PANVault.Sealed) {
        let id = CardID(at: .wallClock, shard: account.shard, entropy: .random(in: .min ... .max))
        let pan = try PAN.random(bin: program.bin, length: Int(program.panLength))
        let sealed = try services.vault.seal(pan, associatedData: id.bytes)
        let months = Int(program.cardValidityMonths)
        guard let expiry = services.calendar.expiry(months, after: .wallClock, timeZone: program.timeZone) else {
            throw Problem(.internalError, "The program's card validity leads beyond the year 2099.")
        }
        let instance = CardInstance(
            sequenceNumber: 0,
            expiry: expiry,
            validUntil: services.calendar.end(of: expiry, timeZone: program.timeZone),
            serviceCode: Self.serviceCode,
            active: true
        )
        return (
            IssueCard(card: id, lastFour: pan.lastFour, instance: instance),
            sealed
        )
    }
}
