import AuthorizationEngine

/// Who may send an operation.
enum Access: Hashable, Sendable {
    /// Anybody.
    case open
    /// Clients whose key has the scope. Operators too: readers send GET, the others also POST.
    case clients(APIScope)
    /// The same, but operators need this role to send POST.
    case clientsAndOperators(APIScope, OperatorRole)
    /// Operators with this role or a higher one. Readers send GET only.
    case operators(OperatorRole)
}

extension APIOperation {
    /// The one table of what needs which permission; the OpenAPI document says the same.
    var access: Access {
        switch self {
        case .listAPIKeys: .clients(.readKeys)
        case .createAPIKey, .changeAPIKey, .rotateAPIKey, .revokeAPIKey:
            .clientsAndOperators(.writeKeys, .administrator)
        case .getTenant, .listPrograms, .getProgram: .clients(.readPrograms)
        case .createProgram, .changeProgram, .approveProgram, .withdrawProgram: .operators(.administrator)
        case .listOperatorActions: .operators(.reader)
        case .listAccounts, .getAccount, .getTransfer, .listLegalHolds: .clients(.readAccounts)
        case .openAccount, .changeAccountStatus, .setCreditLimit: .clients(.writeAccounts)
        case .fundAccount: .clients(.writeFundings)
        case .withdraw, .transferMoney: .clients(.writeTransfers)
        case .adjustBalance, .placeLegalHold, .releaseLegalHold: .operators(.operator)
        case .listAccountCards, .getCard, .listTokens, .listCardholders, .getCardholder, .listCardholderCards,
            .listCardBatches, .getCardBatch, .listCardBatchRows:
            .clients(.readCards)
        // A batch that opens accounts needs their scope, too.
        case .issueCard, .changeCardStatus, .reissueCard, .activateInstance, .replaceCard, .registerToken,
            .changeTokenStatus, .createCardholder, .changeCardholder, .changeCardholderStatus, .eraseCardholder,
            .createCardBatch, .cancelCardBatch:
            .clients(.writeCards)
        case .revealCard, .makeRevealToken: .clients(.revealCards)
        case .setPIN, .unblockPIN: .clients(.writePINs)
        case .listAuthorizations, .getAuthorization, .getTestClock: .clients(.readAuthorizations)
        case .listEvents, .streamEvents: .clients(.readEvents)
        case .listWebhookEndpoints, .getWebhookEndpoint, .listWebhookDeliveries, .listWebhookNotices:
            .clients(.readWebhooks)
        case .createWebhookEndpoint, .changeWebhookEndpoint, .removeWebhookEndpoint, .rotateWebhookSecret,
            .testWebhookEndpoint, .replayWebhookEvents:
            .clients(.writeWebhooks)
        case .authorize, .reverseAuthorization, .clearAuthorization, .simulateAuthorization, .simulateIncrement,
            .simulateReversal, .simulateAdvice, .simulateClearing, .simulateRefund, .simulateExpiry, .moveTestClock:
            .clients(.writeAuthorizations)
        case .checkHealth, .checkReadiness, .getMetrics, .getDocument, .getDocumentation, .getDocumentationFile:
            .open
        }
    }

    /// Operations that post money or make cards by themselves: sent again without a key, they would do it twice.
    var needsIdempotencyKey: Bool {
        switch self {
        case .fundAccount, .withdraw, .adjustBalance, .transferMoney, .createCardBatch: true
        case .getTenant, .listAPIKeys, .createAPIKey, .changeAPIKey, .rotateAPIKey, .revokeAPIKey, .listPrograms,
            .createProgram, .getProgram, .changeProgram, .approveProgram, .withdrawProgram, .openAccount, .listAccounts,
            .getAccount,
            .changeAccountStatus, .setCreditLimit, .getTransfer, .placeLegalHold, .listLegalHolds, .releaseLegalHold,
            .issueCard, .listAccountCards, .getCard, .listTokens, .registerToken, .changeTokenStatus,
            .changeCardStatus, .reissueCard,
            .activateInstance, .replaceCard, .revealCard, .makeRevealToken, .setPIN, .unblockPIN,
            .createCardholder, .listCardholders, .getCardholder, .listCardholderCards, .changeCardholder,
            .changeCardholderStatus,
            .eraseCardholder, .listCardBatches, .getCardBatch, .listCardBatchRows, .cancelCardBatch, .authorize,
            .listAuthorizations, .getAuthorization, .reverseAuthorization, .clearAuthorization, .simulateAuthorization,
            .simulateIncrement, .simulateReversal, .simulateAdvice, .simulateClearing, .simulateRefund,
            .simulateExpiry, .getTestClock, .moveTestClock, .listEvents, .streamEvents, .createWebhookEndpoint,
            .listWebhookEndpoints, .getWebhookEndpoint, .changeWebhookEndpoint,
            .removeWebhookEndpoint, .rotateWebhookSecret, .testWebhookEndpoint, .replayWebhookEvents,
            .listWebhookDeliveries, .listWebhookNotices, .listOperatorActions, .checkHealth, .checkReadiness,
            .getMetrics, .getDocument,
            .getDocumentation, .getDocumentationFile:
            false
        }
    }
}
