extension APIOperation {
    /// The query parameters that it takes; any other is refused.
    var parameters: Set<String> {
        switch self {
        case .listAPIKeys, .listLegalHolds, .listTokens, .listAccountCards, .listCardholderCards, .listCardBatches,
            .listWebhookNotices, .listOperatorActions:
            ["before", "limit"]
        case .listAccounts: ["before", "limit", "program_id", "cardholder_id"]
        case .listCardholders: ["before", "limit", "reference"]
        case .listCardBatchRows: ["from", "limit"]
        case .listAuthorizations:
            ["account_id", "card_id", "status", "created_from", "created_to", "cursor", "limit"]
        case .listEvents: ["after", "limit", "types", "account_id", "occurred_from", "wait"]
        case .streamEvents: ["after", "types", "account_id", "occurred_from"]
        case .listWebhookDeliveries: ["after", "limit"]
        case .getTenant, .createAPIKey, .changeAPIKey, .rotateAPIKey, .revokeAPIKey, .listPrograms, .createProgram,
            .getProgram, .changeProgram, .approveProgram, .withdrawProgram, .openAccount, .getAccount,
            .changeAccountStatus, .fundAccount, .withdraw, .adjustBalance, .setCreditLimit, .transferMoney,
            .getTransfer, .placeLegalHold, .releaseLegalHold, .issueCard, .getCard, .changeCardStatus, .reissueCard,
            .activateInstance, .replaceCard, .registerToken, .changeTokenStatus, .revealCard, .makeRevealToken,
            .setPIN, .unblockPIN, .createCardholder, .getCardholder, .changeCardholder, .changeCardholderStatus,
            .eraseCardholder, .createCardBatch, .getCardBatch, .cancelCardBatch, .authorize, .getAuthorization,
            .reverseAuthorization, .clearAuthorization, .simulateAuthorization, .simulateIncrement, .simulateReversal,
            .simulateAdvice, .simulateClearing, .simulateRefund, .simulateExpiry, .getTestClock, .moveTestClock,
            .createWebhookEndpoint, .listWebhookEndpoints, .getWebhookEndpoint, .changeWebhookEndpoint,
            .removeWebhookEndpoint, .rotateWebhookSecret, .testWebhookEndpoint, .replayWebhookEvents, .checkHealth,
            .checkReadiness, .getMetrics, .getDocument, .getDocumentation, .getDocumentationFile:
            []
        }
    }
}
