import AuthorizationCore
import AuthorizationEngine

extension PostgresReader {
    package func legalHolds(
        of account: AccountID,
        before: LegalHoldID?,
        limit: Int
    ) async throws -> [LegalHold] {
        try await thread.run { connection in
            let end = before ?? LegalHoldID(high: .max, low: .max)
            let page = [
                Parameter(Int16(account.shard.number)), Parameter(account), Parameter(end), Parameter(Int64(limit)),
            ]
            return try connection.run(Call(LegalHoldRows.ofAccount, page)).map(LegalHoldRows.read).map(\.hold)
        }
    }

    package func accountOfLegalHold(_ id: LegalHoldID, of tenant: TenantID) async throws -> AccountID? {
        try await thread.run { connection in
            let key = [Parameter(Int16(id.shard.number)), Parameter(id), Parameter(tenant)]
            return try connection.run(Call(LegalHoldRows.owner, key))
                .map { (row) throws(PostgresError) -> AccountID in try row.identifier() }.first
        }
    }

    package func tokens(
        of card: CardID,
        on account: AccountID,
        before: TokenID?,
        limit: Int
    ) async throws -> [WalletToken] {
        try await thread.run { connection in
            let end = before ?? TokenID(high: .max, low: .max)
            let page = [
                Parameter(Int16(account.shard.number)), Parameter(account), Parameter(card), Parameter(end),
                Parameter(Int64(limit)),
            ]
            return try connection.run(Call(TokenRows.ofCard, page)).map(TokenRows.read).map(\.token)
        }
    }

    package func token(_ id: TokenID, of tenant: TenantID) async throws -> TokenView? {
        try await thread.run { connection in
            let key = [Parameter(Int16(id.shard.number)), Parameter(id), Parameter(tenant)]
            return try connection.run(Call(TokenRows.ofTenant, key)).map(TokenRows.read).first
        }
    }

    package func transfer(_ id: TransferID, of tenant: TenantID) async throws -> TransferView? {
        try await thread.run { connection in
            let key = [Parameter(Int16(id.shard.number)), Parameter(id), Parameter(tenant)]
            return try connection.run(Call(AccountTransferRows.ofTenant, key))
                .map { (row) throws(PostgresError) in
                    TransferView(
                        try AccountTransferRows.read(&row),
                        sentAt: try row.instant(),
                        receivedAt: try row.optionalInstant()
                    )
                }.first
        }
    }
}
