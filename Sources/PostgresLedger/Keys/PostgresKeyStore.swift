import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// Keys for the service, on a connection of their own.
package final class PostgresKeyStore: KeyStore {
    private let thread: ConnectionThread
    private let vault: KeyVault
    private let mayHold: @Sendable (KeyUsage) -> Bool

    /// - Parameter mayHold: whether software may hold keys of a usage; networks' others are refused.
    package init(
        url: String,
        timeout: Duration,
        vault: KeyVault,
        mayHold: @escaping @Sendable (KeyUsage) -> Bool
    ) {
        thread = ConnectionThread(name: "aval keys", url: url, timeout: timeout)
        self.vault = vault
        self.mayHold = mayHold
    }

    package func close() { thread.close() }

    package func usable(_ names: [KeyName]) async throws -> [StoredKey] {
        var column = Column(.text)
        for name in names { column.append(name.description) }
        let call = Call(Self.usableKeys, [Parameter(column)])
        return try await thread.run { try $0.run(call).map(KeyStatements.read) }
    }

    package func usableForVerification() async throws -> [StoredKey] {
        try await thread.run { try $0.run(Call(Self.verificationKeys, [])).map(KeyStatements.read) }
    }

    package func change(
        _ name: KeyName,
        to block: KeyBlock,
        _ terms: KeyTerms,
        grace: Duration,
        completion: @escaping @Sendable (KeyChangeOutcome) -> Void
    ) {
        guard mayHold(terms.usage) else { return completion(.refused(PaymentCryptographyError.keyUsage)) }
        thread.submit { [vault] connection in
            do {
                let connection = try connection.get()
                func change() throws {
                    try Self.change(name, to: block, terms, grace: grace, in: vault, connection)
                }
                // Another process has stored a version since the versions were read, maybe of the same key.
                do { try change() } catch PostgresError.refused(sqlState: "23505", _) { try change() }
                completion(.stored)
            } catch {
                completion(Self.outcome(of: error))
            }
        }
    }

    private static func outcome(of error: any Error) -> KeyChangeOutcome {
        switch error as? PostgresError {
        case .disconnected, .unexpected: .inDoubt(error)
        // Also what the cryptography refuses.
        case .refused, nil: .refused(error)
        }
    }

    private static func change(
        _ name: KeyName,
        to block: KeyBlock,
        _ terms: KeyTerms,
        grace: Duration,
        in vault: KeyVault,
        _ connection: PostgresConnection
    ) throws {
        let versions = try connection.run(Call(allVersions, [Parameter(name.description)])).map(KeyStatements.read)
        if let active = versions.first(where: { $0.state == .active }),
            try active.opened(with: vault).keyBytes.isEqual(to: block.keyBytes)
        {
            return
        }
        let version = (versions.map(\.version).max() ?? 0) + 1
        let new = try NewKey(block, as: name, version: version, terms, grace: grace, in: vault)
        for old in versions where old.state != .active && old.holds(block, new.checkValue, in: vault) {
            throw KeyUsedBefore()
        }
        let details = Administration.details(version, terms, new.checkValue)
        _ = try connection.run(
            KeyStatements.ensure(new) + KeyStatements.supersede(name, terms.usage, grace: grace) + [
                KeyStatements.insert(new, .active, components: nil, by: nil),
                Administration.record(.changeKey, "\(name)", details, by: nil as OperatorID?),
            ]
        )
    }

    private static let usableKeys = Statement(
        "usable_keys",
        """
        SELECT \(KeyStatements.columns) FROM \(KeyStatements.source)
        WHERE v.key_id = ANY ($1::text[]) AND \(KeyStatements.isInUse)
        ORDER BY \(KeyStatements.order)
        """
    )

    /// Those of programs, and those that PINs come under.
    private static let verificationKeys = Statement(
        "verification_keys",
        """
        SELECT \(KeyStatements.columns) FROM \(KeyStatements.source)
        WHERE (k.program_id IS NOT NULL OR k.network IS NOT NULL AND k.usage = 'P0')
            AND \(KeyStatements.isInUse)
        ORDER BY \(KeyStatements.order)
        """
    )

    private static let allVersions = Statement(
        "key_versions",
        "SELECT \(KeyStatements.columns) FROM \(KeyStatements.source) WHERE v.key_id = $1"
    )
}

extension StoredKey {
    /// - Parameter value: the block's check value; all that is left of a key that is destroyed or cannot be opened.
    fileprivate func holds(_ block: KeyBlock, _ value: [UInt8], in vault: KeyVault) -> Bool {
        if let opened = try? opened(with: vault) { return opened.keyBytes.isEqual(to: block.keyBytes) }
        // An operator tells three bytes at least.
        let length = min(checkValue.count, value.count)
        return checkValue.prefix(length) == value.prefix(length)
    }
}
