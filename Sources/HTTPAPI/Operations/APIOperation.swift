import Hummingbird

/// Every operation of the API. The names are those of the OpenAPI document and of the metrics.
enum APIOperation: String, CaseIterable, Sendable {
    case getTenant = "get_tenant"
    case listAPIKeys = "list_api_keys"
    case createAPIKey = "create_api_key"
    case changeAPIKey = "change_api_key"
    case rotateAPIKey = "rotate_api_key"
    case revokeAPIKey = "revoke_api_key"
    case listPrograms = "list_programs"
    case createProgram = "create_program"
    case getProgram = "get_program"
    case changeProgram = "change_program"
    case approveProgram = "approve_program"
    case withdrawProgram = "withdraw_program"
    case openAccount = "open_account"
    case listAccounts = "list_accounts"
    case getAccount = "get_account"
    case changeAccountStatus = "change_account_status"
    case fundAccount = "fund_account"
    case withdraw = "withdraw"
    case adjustBalance = "adjust_balance"
    case setCreditLimit = "set_credit_limit"
    case transferMoney = "transfer_money"
    case getTransfer = "get_transfer"
    case placeLegalHold = "place_legal_hold"
    case listLegalHolds = "list_legal_holds"
    case releaseLegalHold = "release_legal_hold"
    case issueCard = "issue_card"
    case listAccountCards = "list_account_cards"
    case getCard = "get_card"
    case changeCardStatus = "change_card_status"
    case reissueCard = "reissue_card"
    case activateInstance = "activate_instance"
    case replaceCard = "replace_card"
    case listTokens = "list_tokens"
    case registerToken = "register_token"
    case changeTokenStatus = "change_token_status"
    case revealCard = "reveal_card"
    case makeRevealToken = "make_reveal_token"
    case setPIN = "set_pin"
    case unblockPIN = "unblock_pin"
    case createCardholder = "create_cardholder"
    case listCardholders = "list_cardholders"
    case getCardholder = "get_cardholder"
    case listCardholderCards = "list_cardholder_cards"
    case changeCardholder = "change_cardholder"
    case changeCardholderStatus = "change_cardholder_status"
    case eraseCardholder = "erase_cardholder"
    case createCardBatch = "create_card_batch"
    case listCardBatches = "list_card_batches"
    case getCardBatch = "get_card_batch"
    case listCardBatchRows = "list_card_batch_rows"
    case cancelCardBatch = "cancel_card_batch"
    case authorize = "authorize"
    case listAuthorizations = "list_authorizations"
    case getAuthorization = "get_authorization"
    case reverseAuthorization = "reverse_authorization"
    case clearAuthorization = "clear_authorization"
    case simulateAuthorization = "simulate_authorization"
    case simulateIncrement = "simulate_increment"
    case simulateReversal = "simulate_reversal"
    case simulateAdvice = "simulate_advice"
    case simulateClearing = "simulate_clearing"
    case simulateRefund = "simulate_refund"
    case simulateExpiry = "simulate_expiry"
    case getTestClock = "get_test_clock"
    case moveTestClock = "move_test_clock"
    case listEvents = "list_events"
    case streamEvents = "stream_events"
    case createWebhookEndpoint = "create_webhook_endpoint"
    case listWebhookEndpoints = "list_webhook_endpoints"
    case getWebhookEndpoint = "get_webhook_endpoint"
    case changeWebhookEndpoint = "change_webhook_endpoint"
    case removeWebhookEndpoint = "remove_webhook_endpoint"
    case rotateWebhookSecret = "rotate_webhook_secret"
    case testWebhookEndpoint = "test_webhook_endpoint"
    case replayWebhookEvents = "replay_webhook_events"
    case listWebhookDeliveries = "list_webhook_deliveries"
    case listWebhookNotices = "list_webhook_notices"
    case listOperatorActions = "list_operator_actions"
    case checkHealth = "check_health"
    case checkReadiness = "check_readiness"
    case getMetrics = "get_metrics"
    case getDocument = "get_document"
    case getDocumentation = "get_documentation"
    case getDocumentationFile = "get_documentation_file"

    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    /// Whether a body must be there, may be, or is not read.
    enum Body: Sendable {
        case none
        case optional
        case required
    }

    var method: Method {
        switch self {
        case .getTenant, .listAPIKeys, .listPrograms, .getProgram, .listAccounts, .getAccount, .getTransfer,
            .listLegalHolds,
            .listAccountCards, .getCard, .listTokens, .listCardholders, .getCardholder, .listCardholderCards,
            .listCardBatches, .getCardBatch, .listCardBatchRows, .listAuthorizations, .getAuthorization,
            .getTestClock, .listEvents, .streamEvents,
            .listWebhookEndpoints, .getWebhookEndpoint,
            .listWebhookDeliveries, .listWebhookNotices, .listOperatorActions, .checkHealth, .checkReadiness,
            .getMetrics, .getDocument,
            .getDocumentation, .getDocumentationFile:
            .get
        case .createAPIKey, .changeAPIKey, .rotateAPIKey, .revokeAPIKey, .createProgram, .changeProgram,
            .approveProgram, .withdrawProgram, .openAccount, .changeAccountStatus, .fundAccount, .withdraw,
            .adjustBalance, .setCreditLimit, .transferMoney, .placeLegalHold, .releaseLegalHold, .issueCard,
            .reissueCard, .activateInstance, .replaceCard, .changeCardStatus, .registerToken, .changeTokenStatus,
            .revealCard, .makeRevealToken, .setPIN, .unblockPIN, .createCardholder, .changeCardholder,
            .changeCardholderStatus, .eraseCardholder, .createCardBatch, .cancelCardBatch, .authorize,
            .reverseAuthorization, .clearAuthorization, .simulateAuthorization, .simulateIncrement, .simulateReversal,
            .simulateAdvice, .simulateClearing, .simulateRefund, .simulateExpiry, .moveTestClock,
            .createWebhookEndpoint, .changeWebhookEndpoint, .removeWebhookEndpoint, .rotateWebhookSecret,
            .testWebhookEndpoint, .replayWebhookEvents:
            .post
        }
    }

    /// With `:` before the names of parameters.
    var path: String {
        switch self {
        case .getTenant: "/v1/tenant"
        case .listAPIKeys, .createAPIKey: "/v1/api-keys"
        case .changeAPIKey: "/v1/api-keys/:id/terms"
        case .rotateAPIKey: "/v1/api-keys/:id/secrets"
        case .revokeAPIKey: "/v1/api-keys/:id/revoke"
        case .listPrograms, .createProgram: "/v1/programs"
        case .getProgram: "/v1/programs/:id"
        case .changeProgram: "/v1/programs/:id/versions"
        case .approveProgram: "/v1/programs/:id/approvals"
        case .withdrawProgram: "/v1/programs/:id/withdrawals"
        case .openAccount, .listAccounts: "/v1/accounts"
        case .getAccount: "/v1/accounts/:id"
        case .changeAccountStatus: "/v1/accounts/:id/status"
        case .fundAccount: "/v1/accounts/:id/fundings"
        case .withdraw: "/v1/accounts/:id/withdrawals"
        case .adjustBalance: "/v1/accounts/:id/adjustments"
        case .setCreditLimit: "/v1/accounts/:id/credit-limit"
        case .transferMoney: "/v1/accounts/:id/transfers"
        case .getTransfer: "/v1/transfers/:id"
        case .placeLegalHold, .listLegalHolds: "/v1/accounts/:id/legal-holds"
        case .releaseLegalHold: "/v1/legal-holds/:id/release"
        case .issueCard, .listAccountCards: "/v1/accounts/:id/cards"
        case .getCard: "/v1/cards/:id"
        case .changeCardStatus: "/v1/cards/:id/status"
        case .reissueCard: "/v1/cards/:id/instances"
        case .activateInstance: "/v1/cards/:id/instances/activate"
        case .replaceCard: "/v1/cards/:id/replacements"
        case .listTokens, .registerToken: "/v1/cards/:id/tokens"
        case .changeTokenStatus: "/v1/tokens/:id/status"
        case .revealCard: "/v1/cards/:id/reveal"
        case .makeRevealToken: "/v1/cards/:id/reveal-tokens"
        case .setPIN: "/v1/cards/:id/pin"
        case .unblockPIN: "/v1/cards/:id/pin/unblock"
        case .createCardholder, .listCardholders: "/v1/cardholders"
        case .getCardholder: "/v1/cardholders/:id"
        case .listCardholderCards: "/v1/cardholders/:id/cards"
        case .changeCardholder: "/v1/cardholders/:id/changes"
        case .changeCardholderStatus: "/v1/cardholders/:id/status"
        case .eraseCardholder: "/v1/cardholders/:id/erasure"
        case .createCardBatch, .listCardBatches: "/v1/card-batches"
        case .getCardBatch: "/v1/card-batches/:id"
        case .listCardBatchRows: "/v1/card-batches/:id/rows"
        case .cancelCardBatch: "/v1/card-batches/:id/cancellation"
        case .authorize, .listAuthorizations: "/v1/authorizations"
        case .getAuthorization: "/v1/authorizations/:id"
        case .reverseAuthorization: "/v1/authorizations/:id/reversals"
        case .clearAuthorization: "/v1/authorizations/:id/clearings"
        case .simulateAuthorization: "/v1/simulate/authorizations"
        case .simulateIncrement: "/v1/simulate/authorizations/:id/increments"
        case .simulateReversal: "/v1/simulate/authorizations/:id/reversals"
        case .simulateAdvice: "/v1/simulate/authorizations/:id/advices"
        case .simulateClearing: "/v1/simulate/authorizations/:id/clearings"
        case .simulateRefund: "/v1/simulate/authorizations/:id/refunds"
        case .simulateExpiry: "/v1/simulate/authorizations/:id/expiry"
        case .getTestClock, .moveTestClock: "/v1/simulate/programs/:id/clock"
        case .listEvents: "/v1/events"
        case .streamEvents: "/v1/events/stream"
        case .createWebhookEndpoint, .listWebhookEndpoints: "/v1/webhook-endpoints"
        case .getWebhookEndpoint: "/v1/webhook-endpoints/:id"
        case .changeWebhookEndpoint: "/v1/webhook-endpoints/:id/changes"
        case .removeWebhookEndpoint: "/v1/webhook-endpoints/:id/removal"
        case .rotateWebhookSecret: "/v1/webhook-endpoints/:id/secret"
        case .testWebhookEndpoint: "/v1/webhook-endpoints/:id/test"
        case .replayWebhookEvents: "/v1/webhook-endpoints/:id/replays"
        case .listWebhookDeliveries: "/v1/webhook-endpoints/:id/deliveries"
        case .listWebhookNotices: "/v1/webhook-notices"
        case .listOperatorActions: "/v1/operator-actions"
        case .checkHealth: "/healthz"
        case .checkReadiness: "/readyz"
        case .getMetrics: "/metrics"
        case .getDocument: "/openapi.yaml"
        case .getDocumentation: "/docs"
        case .getDocumentationFile: "/docs/:file"
        }
    }

    var body: Body {
        switch self {
        case .createAPIKey, .changeAPIKey, .rotateAPIKey, .createProgram, .changeProgram, .approveProgram,
            .withdrawProgram, .openAccount, .changeAccountStatus, .fundAccount, .withdraw, .adjustBalance,
            .setCreditLimit, .transferMoney, .placeLegalHold, .releaseLegalHold, .changeCardStatus, .reissueCard,
            .activateInstance, .replaceCard, .registerToken, .changeTokenStatus, .setPIN, .unblockPIN,
            .changeCardholder, .changeCardholderStatus, .createCardBatch, .authorize, .clearAuthorization,
            .simulateAuthorization, .simulateIncrement, .simulateAdvice, .simulateClearing, .simulateRefund,
            .moveTestClock, .createWebhookEndpoint, .changeWebhookEndpoint, .replayWebhookEvents:
            .required
        case .revokeAPIKey, .issueCard, .createCardholder, .eraseCardholder, .revealCard, .makeRevealToken,
            .cancelCardBatch, .reverseAuthorization, .simulateReversal, .simulateExpiry, .removeWebhookEndpoint,
            .rotateWebhookSecret, .testWebhookEndpoint:
            .optional
        case .getTenant, .listAPIKeys, .listPrograms, .getProgram, .listAccounts, .getAccount, .getTransfer,
            .listLegalHolds,
            .listAccountCards, .getCard, .listTokens, .listCardholders, .getCardholder, .listCardholderCards,
            .listCardBatches, .getCardBatch, .listCardBatchRows, .listAuthorizations, .getAuthorization,
            .getTestClock, .listEvents, .streamEvents,
            .listWebhookEndpoints, .getWebhookEndpoint,
            .listWebhookDeliveries, .listWebhookNotices, .listOperatorActions, .checkHealth, .checkReadiness,
            .getMetrics, .getDocument,
            .getDocumentation, .getDocumentationFile:
            .none
        }
    }

    /// Bytes that its body may have.
    var largestBody: Int { self == .createCardBatch ? 4_194_304 : BodyReading.usualSize }

    /// The methods that an address knows, as the Allow header lists them; nil when nothing is there.
    static func allowedMethods(at path: String) -> String? {
        let segments = path.split(separator: "/")
        let here = allCases.filter { operation in
            let pattern = operation.path.split(separator: "/")
            return pattern.count == segments.count
                && zip(pattern, segments).allSatisfy { $0.hasPrefix(":") || $0 == $1 }
        }
        guard !here.isEmpty else { return nil }
        var methods: [String] = []
        if here.contains(where: { $0.method == .get }) { methods += ["GET", "HEAD"] }
        if here.contains(where: { $0.method == .post }) { methods.append("POST") }
        return methods.joined(separator: ", ")
    }
}
