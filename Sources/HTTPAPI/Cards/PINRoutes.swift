import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// A card's PIN. It comes encrypted, and nothing of it is ever told.
struct PINRoutes: Sendable {
    /// New references made before a change is given up, because others changed the PIN meanwhile.
    private static let attempts = 3

    private let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    /// Sets a PIN, or changes it for somebody who gives the present one.
    @Sendable func set(_ request: APIRequest) async throws -> APIAnswer {
        let card = try await card(request)
        let errors = FieldErrors()
        let fields = try request.fields(["pin", "current_pin"], errors)
        let new = fields.required("pin", .pin)
        let current = fields.optional("current_pin", .pin)
        let pin = try errors.require(new)
        try errors.check()
        let secrets = ["pin": pin.standIn, "current_pin": current?.standIn ?? []]
        let client = try request.clientRequest(key: services.fingerprintKey, secrets: secrets)
        for attempt in 1...Self.attempts {
            // A repeat gets its answer also when the keys that it named are not here any more. No PIN has reference 0.
            let made = try await services.unlessDecided(request) { try await command(to: pin, from: current, card) }
            let reply = await services.engine.perform(
                .setPIN(made?.command ?? SetPIN(card: card.id, reference: 0)),
                on: card.account,
                tenant: request.tenant,
                actor: request.actor,
                client: client,
                pinReference: made?.reference,
                within: services.requestTimeout
            )
            if case .decided(let answer) = reply, answer.decision.outcome == .refused(.pinChanged),
                attempt < Self.attempts
            {
                continue
            }
            return try await services.explaining {
                try await statusProblem(request)
            } _: {
                try answer(reply.answer(notFound: .cardNotFound), card)
            }
        }
        preconditionFailure("the last attempt returns or throws")
    }

    /// Gives all tries back.
    @Sendable func unblock(_ request: APIRequest) async throws -> APIAnswer {
        let card = try await card(request)
        let errors = FieldErrors()
        let reason = try request.fields(["reason"], errors).required("reason", .note(1...200))
        let hasScripts = card.program.verification?.keys.chip?.messageIntegrity != nil
        let command = UnblockPIN(card: card.id, reason: try errors.require(reason), tellsChip: hasScripts)
        let answer = try await services.explaining {
            if let problem = try await statusProblem(request) { return problem }
            return card.program.verification?.keys.pin == nil ? .pinNotSupported : .pinNotSet
        } _: {
            try await services.perform(.unblockPIN(command), on: card.account, request, notFound: .cardNotFound)
        }
        return try self.answer(answer, card)
    }

    /// With what the module makes and finds.
    private func command(
        to pin: PresentedPIN,
        from current: PresentedPIN?,
        _ card: PINCard
    ) async throws -> (command: SetPIN, reference: SealedPINReference) {
        let (module, method) = try pinModule(card.program)
        try check(pin, "/pin", card, module)
        if let current { try check(current, "/current_pin", card, module) }
        let stored = try await services.reader.pin(of: card.id)
        let version = (stored?.state.reference ?? 0) + 1
        let reference = try await reference(of: card.arrival(of: pin), method, version, module)
        var command = SetPIN(card: card.id, reference: version)
        command.keys.newPIN = reference.key
        if let current {
            let finding = try await inTime {
                await module.finding(of: card.arrival(of: current), stored: stored)
            }
            (command.current, command.keys.pin) = (finding.facts, finding.key)
        }
        // Nothing is decided that another attempt would decide otherwise.
        if command.current == .notVerified(.unavailable) { throw Problem.moduleUnavailable }
        return (command, reference)
    }

    private func answer(_ answer: Answer, _ card: PINCard) throws -> APIAnswer {
        if case .declined(let reason, _) = answer.decision.outcome {
            let verdict = PINVerdict.allCases.first { $0.reason == reason }
            throw verdict.map(Problem.init(ofPIN:)) ?? .unexpectedDecision
        }
        let pin = answer.decision.changes.lazy.compactMap { if case .pin(_, let pin) = $0 { pin } else { nil } }.first
        let policy = card.program.verification ?? VerificationPolicy()
        let status = PINStatus(pin, limit: policy.pinTryLimit)
        return APIAnswer(
            status: .ok,
            body: ["card_id": .text(card.id.description), "pin": status.json],
            isReplayed: answer.isRepeated
        )
    }

    /// Nil where the card's status allows a PIN.
    private func statusProblem(_ request: APIRequest) async throws -> Problem? {
        let status = try await services.card(request).card.status
        return status.takesPIN ? nil : .needed(of: "card", in: status, \.takesPIN)
    }

    private func pinModule(_ program: Program) throws -> (module: PINModule, method: PINVerification) {
        guard let module = services.pins, let method = program.verification?.keys.pin else {
            throw Problem.pinNotSupported
        }
        return (module, method)
    }

    /// Before anything is decided: with another key than the client means, every PIN would be wrong.
    private func check(_ pin: PresentedPIN, _ pointer: String, _ card: PINCard, _ module: PINModule) throws {
        do {
            try module.checkKey(of: card.arrival(of: pin))
        } catch PaymentCryptographyError.keyLength {
            throw Problem.invalid("\(pointer)/format", "The key is not for blocks of this format.")
        } catch PaymentCryptographyError.checkValueMismatch {
            throw Problem.invalid("\(pointer)/key_check_value", "No version of the key in use has this check value.")
        } catch .unavailable {
            throw Problem.moduleUnavailable
        } catch {
            throw Problem.invalid("\(pointer)/key", "The program has no such key for PINs.")
        }
    }

    private func reference(
        of arrival: PINModule.Arrival,
        _ method: PINVerification,
        _ version: Int32,
        _ module: PINModule
    ) async throws -> SealedPINReference {
        do {
            return try await inTime { try await module.reference(of: arrival, by: method, version: version) }
        } catch PaymentCryptographyError.pinBlockNotOpened {
            throw Problem.invalid("/pin/block", "It holds no PIN for this card under the key.")
        } catch PaymentCryptographyError.unavailable, PaymentCryptographyError.unknownKey,
            PaymentCryptographyError.checkValueMismatch
        {
            // The keys have changed since they were checked.
            throw Problem.moduleUnavailable
        } catch is PaymentCryptographyError {
            throw Problem(.internalError, "The new PIN could not be kept. Tell the operator the request id.")
        }
    }

    /// What the module says. One that hangs is unavailable once the client's time is over.
    private func inTime<Value: Sendable>(_ ask: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let limit = services.requestTimeout
        return try await withCheckedThrowingContinuation { continuation in
            let outcome = FirstOutcome<Result<Value, any Error>> { continuation.resume(with: $0) }
            let timeout = Task {
                try await Task.sleep(for: limit)
                outcome.give(.failure(Problem.moduleUnavailable))
            }
            Task {
                do {
                    outcome.give(.success(try await ask()))
                } catch {
                    outcome.give(.failure(error))
                }
                timeout.cancel()
            }
        }
    }

    private func card(_ request: APIRequest) async throws -> PINCard {
        let id: CardID = try request.id(orElse: .cardNotFound)
        guard let view = try await services.reader.card(id, of: request.tenant),
            let program = try await services.program(of: view.account, request.tenant)
        else { throw Problem.cardNotFound }
        let pan = try services.vault.open(
            view.secret.ciphertext,
            keyID: view.secret.keyID,
            associatedData: id.bytes
        )
        return PINCard(id: id, account: view.account, program: program, pan: pan)
    }
}

private struct PINCard {
    var id: CardID
    var account: AccountID
    var program: Program
    var pan: PAN

    func arrival(of pin: PresentedPIN) -> PINModule.Arrival {
        PINModule.Arrival(pin, pan: pan, from: .program(program.id), to: id, of: program.id)
    }
}

/// What is told of a card's PIN.
struct PINStatus {
    private let state: PINState?
    private let limit: UInt8

    init(_ state: PINState?, limit: UInt8) {
        self.state = state
        self.limit = limit
    }

    var json: JSONOutput {
        let isBlocked = state?.isBlocked(limit: limit) == true
        return [
            "status": .text(state == nil ? "not_set" : isBlocked ? "blocked" : "set"),
            "tries_left": .integer(state.map { Int64(max(0, Int(limit) - Int($0.tries))) } ?? 0),
        ]
    }
}

extension Problem {
    static var moduleUnavailable: Problem {
        Problem(.moduleUnavailable, "Nothing was changed. Send the request again later.", retryAfter: 1)
    }

    fileprivate static var pinNotSupported: Problem {
        Problem(.pinNotSupported, "Have the operator set up the program's keys for PINs.")
    }

    fileprivate static var pinNotSet: Problem {
        Problem(.transitionNotAllowed, "The card has no PIN: set one. Nothing was changed.")
    }

    fileprivate init(ofPIN verdict: PINVerdict) {
        self =
            switch verdict {
            case .incorrect: Problem(.pinIncorrect, "The try is counted. Ask the cardholder again.")
            case .triesExceeded: Problem(.pinTriesExceeded, "Unblock the PIN, or set one without the present PIN.")
            case .notVerified, .correct:
                Problem(.pinNotVerified, "No try is counted. Check that the card has a PIN, and how it was encrypted.")
            }
    }
}
