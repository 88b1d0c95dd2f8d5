import Hummingbird

/// Every error that this API tells, by the code that clients may rely on. This is the registry: the description in
/// `openapi/` lists the same codes.
enum ProblemCode: String, CaseIterable, Sendable {
    case malformedJSON = "malformed_json"
    case unauthenticated = "unauthenticated"
    case roleInsufficient = "role_insufficient"
    case operatorRequired = "operator_required"
    case approvalByAnother = "approval_by_another"
    case proposalOfAnother = "proposal_of_another"
    case scopeMissing = "scope_missing"
    case beyondOwnTerms = "beyond_own_terms"
    case addressNotAllowed = "address_not_allowed"
    case tenantRequired = "tenant_required"
    case tenantNotFound = "tenant_not_found"
    case revealNotAllowed = "reveal_not_allowed"
    case revealTokenRefused = "reveal_token_refused"
    case notFound = "not_found"
    case accountNotFound = "account_not_found"
    case cardNotFound = "card_not_found"
    case authorizationNotFound = "authorization_not_found"
    case legalHoldNotFound = "legal_hold_not_found"
    case transferNotFound = "transfer_not_found"
    case tokenNotFound = "token_not_found"
    case apiKeyNotFound = "api_key_not_found"
    case cardholderNotFound = "cardholder_not_found"
    case methodNotAllowed = "method_not_allowed"
    case requestTimeout = "request_timeout"
    case transitionNotAllowed = "transition_not_allowed"
    case accountNotOpen = "account_not_open"
    case cardholderNotActive = "cardholder_not_active"
    case referenceTaken = "reference_taken"
    case pinNotSupported = "pin_not_supported"
    case cardCodeUnavailable = "card_code_unavailable"
    case programChanged = "program_changed"
    case lastAPIKey = "last_api_key"
    case apiKeyLimit = "api_key_limit"
    case tooManyRowsWaiting = "too_many_rows_waiting"
    case requestInProgress = "request_in_progress"
    case bodyTooLarge = "body_too_large"
    case unsupportedMediaType = "unsupported_media_type"
    case invalidRequest = "invalid_request"
    case cursorRefused = "cursor_refused"
    case idempotencyKeyReused = "idempotency_key_reused"
    case programNotFound = "program_not_found"
    case notASandbox = "not_a_sandbox"
    case binTaken = "bin_taken"
    case productNotFound = "product_not_found"
    case currencyNotHeld = "currency_not_held"
    case currencyMismatch = "currency_mismatch"
    case balanceOutOfRange = "balance_out_of_range"
    case insufficientFunds = "insufficient_funds"
    case creditNotAllowed = "credit_not_allowed"
    case receiverNotFound = "receiver_not_found"
    case receiverOfOtherProgram = "receiver_of_other_program"
    case pinIncorrect = "pin_incorrect"
    case pinTriesExceeded = "pin_tries_exceeded"
    case pinNotVerified = "pin_not_verified"
    case webhookAddressRefused = "webhook_address_refused"
    case tooManyWebhookEndpoints = "too_many_webhook_endpoints"
    case rateLimited = "rate_limited"
    case internalError = "internal_error"
    case overloaded = "overloaded"
    case deadlineExceeded = "deadline_exceeded"
    case ledgerUnavailable = "ledger_unavailable"
    case moduleUnavailable = "security_module_unavailable"

    var status: HTTPResponse.Status {
        switch self {
        case .malformedJSON: .init(code: 400, reasonPhrase: "Bad Request")
        case .unauthenticated: .init(code: 401, reasonPhrase: "Unauthorized")
        case .roleInsufficient, .operatorRequired, .approvalByAnother, .proposalOfAnother, .scopeMissing,
            .beyondOwnTerms, .addressNotAllowed, .tenantRequired, .tenantNotFound, .revealNotAllowed,
            .revealTokenRefused:
            .init(code: 403, reasonPhrase: "Forbidden")
        case .notFound, .accountNotFound, .cardNotFound, .authorizationNotFound, .legalHoldNotFound, .transferNotFound,
            .tokenNotFound, .apiKeyNotFound, .cardholderNotFound:
            .init(code: 404, reasonPhrase: "Not Found")
        case .methodNotAllowed: .init(code: 405, reasonPhrase: "Method Not Allowed")
        case .requestTimeout: .init(code: 408, reasonPhrase: "Request Timeout")
        case .transitionNotAllowed, .accountNotOpen, .cardholderNotActive, .referenceTaken, .pinNotSupported,
            .cardCodeUnavailable, .programChanged, .lastAPIKey, .apiKeyLimit, .tooManyRowsWaiting, .requestInProgress,
            .tooManyWebhookEndpoints:
            .init(code: 409, reasonPhrase: "Conflict")
        case .bodyTooLarge: .init(code: 413, reasonPhrase: "Content Too Large")
        case .unsupportedMediaType: .init(code: 415, reasonPhrase: "Unsupported Media Type")
        case .invalidRequest, .cursorRefused, .idempotencyKeyReused, .programNotFound, .notASandbox, .binTaken,
            .productNotFound, .currencyNotHeld, .currencyMismatch, .balanceOutOfRange, .insufficientFunds,
            .creditNotAllowed,
            .receiverNotFound, .receiverOfOtherProgram, .pinIncorrect, .pinTriesExceeded, .pinNotVerified,
            .webhookAddressRefused:
            .init(code: 422, reasonPhrase: "Unprocessable Content")
        case .rateLimited: .init(code: 429, reasonPhrase: "Too Many Requests")
        case .internalError: .init(code: 500, reasonPhrase: "Internal Server Error")
        case .overloaded, .deadlineExceeded, .ledgerUnavailable, .moduleUnavailable:
            .init(code: 503, reasonPhrase: "Service Unavailable")
        }
    }

    /// What kind of error it is, the same each time.
    var title: String {
        switch self {
        case .malformedJSON: "The body is not JSON"
        case .unauthenticated: "A key is needed"
        case .roleInsufficient: "The operator's role does not allow this"
        case .operatorRequired: "Only operators may do this"
        case .approvalByAnother: "Who proposed it cannot approve it"
        case .proposalOfAnother: "Only who proposed it can withdraw it"
        case .beyondOwnTerms: "A key cannot give more than it has"
        case .scopeMissing: "The key's scopes do not allow this"
        case .addressNotAllowed: "The key may not be used from here"
        case .tenantRequired: "The operator names no tenant"
        case .tenantNotFound: "There is no such tenant"
        case .revealNotAllowed: "Card numbers are revealed by token only"
        case .revealTokenRefused: "The token reveals nothing"
        case .notFound: "There is nothing here"
        case .accountNotFound: "There is no such account"
        case .cardNotFound: "There is no such card"
        case .authorizationNotFound: "There is no such authorization"
        case .legalHoldNotFound: "There is no such legal hold"
        case .transferNotFound: "There is no such transfer"
        case .tokenNotFound: "There is no such token"
        case .apiKeyNotFound: "There is no such API key"
        case .cardholderNotFound: "There is no such cardholder"
        case .methodNotAllowed: "The method does not fit this address"
        case .requestTimeout: "The request took too long to arrive"
        case .transitionNotAllowed: "The present state does not allow this change"
        case .accountNotOpen: "The account is not open"
        case .cardholderNotActive: "The cardholder gets no new cards and accounts"
        case .referenceTaken: "Another cardholder has the reference"
        case .pinNotSupported: "The program has no PINs"
        case .cardCodeUnavailable: "The card's code cannot be made any more"
        case .programChanged: "The program was changed meanwhile"
        case .lastAPIKey: "No other key of the tenant could make keys"
        case .apiKeyLimit: "There are as many live keys or secrets as there may be"
        case .tooManyRowsWaiting: "Too many rows of batches wait"
        case .requestInProgress: "The first request with this key is not answered yet"
        case .bodyTooLarge: "The body is too large"
        case .unsupportedMediaType: "The body is not sent as JSON"
        case .invalidRequest: "The request has fields that are wrong or missing"
        case .cursorRefused: "There is no going on from this cursor"
        case .idempotencyKeyReused: "The Idempotency-Key belongs to another request"
        case .programNotFound: "There is no such program"
        case .notASandbox: "The program is no sandbox"
        case .binTaken: "The numbers overlap another program's"
        case .productNotFound: "The program has no such kind of card"
        case .currencyNotHeld: "The account has no balance in this currency"
        case .currencyMismatch: "The currency is not the authorization's"
        case .balanceOutOfRange: "The balance cannot take this amount"
        case .insufficientFunds: "The account has less than this"
        case .creditNotAllowed: "Accounts of this type have no such credit limit"
        case .receiverNotFound: "There is no such account to send to"
        case .receiverOfOtherProgram: "The account to send to is of another program"
        case .pinIncorrect: "The present PIN is wrong"
        case .pinTriesExceeded: "The PIN was tried too often"
        case .pinNotVerified: "The present PIN could not be verified"
        case .webhookAddressRefused: "Nothing is sent to this address"
        case .tooManyWebhookEndpoints: "There are as many endpoints as there may be"
        case .rateLimited: "The key sends too many requests"
        case .internalError: "The request failed"
        case .overloaded: "Too much is waiting"
        case .deadlineExceeded: "The request was not decided in time"
        case .ledgerUnavailable: "The ledger does not answer"
        case .moduleUnavailable: "The security module does not answer"
        }
    }
}
