import AuthorizationCore
import AuthorizationEngine

extension Problem {
    /// The route to the account was stale, also after it was looked up again.
    static var misrouted: Problem {
        Problem(.ledgerUnavailable, "The card is being moved. Send the request again.", retryAfter: 1)
    }

    static var ledgerUnavailable: Problem {
        Problem(.ledgerUnavailable, "Send the request again later, with the same Idempotency-Key.", retryAfter: 1)
    }

    static var vaultFailed: Problem {
        Problem(.internalError, "A stored secret could not be made or read. Tell the operator the request id.")
    }

    init(_ refusal: Refusal) {
        switch refusal {
        case .accountNotFound: self = .accountNotFound
        case .cardNotFound: self = .cardNotFound
        case .authorizationNotFound: self = .authorizationNotFound
        case .transitionNotAllowed:
            self.init(.transitionNotAllowed, "Read the resource to see its status; nothing was changed.")
        case .accountNotOpen:
            self.init(
                .accountNotOpen,
                "Reopen it if it is frozen; one that is closed stays so: use another one. Nothing was changed."
            )
        case .currencyNotHeld: self = .currencyNotHeld(by: "The account")
        case .currencyMismatch:
            self.init(
                .currencyMismatch,
                "Give `amount` in the authorization's currency and `billing_amount` in that of its hold."
            )
        case .balanceOutOfRange:
            self.init(.balanceOutOfRange, "The sum would leave what a balance can hold; nothing was changed.")
        case .programNotFound: self = .programNotFound
        case .insufficientFunds:
            self.init(
                .insufficientFunds,
                "Take at most what the balance has `available`; nothing was changed.",
                errors: [FieldError(place: .pointer("/amount"), detail: "The balance has less available.")]
            )
        case .creditNotAllowed:
            self.init(
                .creditNotAllowed,
                "Prepaid and debit accounts have the credit limit 0, credit accounts one of 0 or more; nothing was changed."
            )
        case .productNotFound: self = .productNotFound
        case .cardholderNotActive: self = .cardholderNotActive
        case .legalHoldNotFound: self = .legalHoldNotFound
        case .transferNotInTransit: self = .transferNotFound
        case .tokenNotFound: self = .tokenNotFound
        case .pinChanged:
            self.init(.transitionNotAllowed, "Others change this PIN at the same time. Send the request again.")
        }
    }

    static func currencyNotHeld(by account: String) -> Problem {
        Problem(
            .currencyNotHeld,
            "Use a currency that the account has a balance in.",
            errors: [FieldError(place: .pointer("/amount/currency"), detail: "\(account) has no such balance.")]
        )
    }

    static var keyReused: Problem {
        Problem(
            .idempotencyKeyReused,
            "The key was used with other content before. Take a new key for a new request.",
            errors: [FieldError(place: .header(IdempotencyKey.header), detail: "It belongs to another request.")]
        )
    }

    static var accountNotFound: Problem {
        Problem(.accountNotFound, "Check the account's id; an account of another tenant is as unknown.")
    }

    static var cardNotFound: Problem {
        Problem(.cardNotFound, "Check the card's id; a card of another tenant is as unknown.")
    }

    static var legalHoldNotFound: Problem {
        Problem(.legalHoldNotFound, "Check the hold's id; one of another tenant is as unknown.")
    }

    static var transferNotFound: Problem {
        Problem(.transferNotFound, "Check the transfer's id; one of another tenant is as unknown.")
    }

    static var tokenNotFound: Problem {
        Problem(.tokenNotFound, "Check the token's id; one of another tenant is as unknown.")
    }

    static var authorizationNotFound: Problem {
        Problem(.authorizationNotFound, "Check the authorization's id; one of another tenant is as unknown.")
    }

    static var programNotFound: Problem { programNotFound(.pointer("/program_id")) }

    static func programNotFound(_ place: FieldError.Place) -> Problem {
        let error = FieldError(place: place, detail: "There is no such program.")
        return Problem(.programNotFound, "Use an id that `GET /v1/programs` lists.", errors: [error])
    }
}

extension Reply {
    /// The answer, or the problem that there is none.
    ///
    /// - Parameter notFound: what it means that the account is not there.
    func answer(notFound: Problem) throws -> Answer {
        switch self {
        case .decided(let answer):
            if case .refused(let refusal) = answer.decision.outcome { throw Problem(refusal) }
            return answer
        case .keyConflict:
            throw Problem.keyReused
        case .notFound:
            throw notFound
        case .misrouted:
            throw Problem.misrouted
        case .late:
            throw Problem(
                .deadlineExceeded,
                "Send it again with the same Idempotency-Key: if it was decided after all, you get that answer.",
                retryAfter: 1
            )
        case .refused:
            throw Problem(.overloaded, "Nothing was changed. Send the request again later.", retryAfter: 1)
        case .failed:
            throw Problem(.internalError, "Nothing was changed. Tell the operator the request id.")
        }
    }
}
