import AuthorizationCore
import AuthorizationEngine
import CardCryptography

extension HTTPServices {
    /// Has a client's command decided.
    ///
    /// - Parameters:
    ///   - secrets: what stands in for secret fields of the body in its fingerprint.
    ///   - notFound: what to tell when the account is not there.
    func perform(
        _ command: Command,
        on account: AccountID?,
        _ request: APIRequest,
        secrets: [String: [UInt8]] = [:],
        notFound: Problem = .accountNotFound
    ) async throws -> Answer {
        let client = try request.clientRequest(key: fingerprintKey, secrets: secrets)
        let reply = await engine.perform(
            command,
            on: account,
            tenant: request.tenant,
            actor: request.actor,
            client: client,
            within: requestTimeout
        )
        return try reply.answer(notFound: notFound)
    }
}

extension HTTPServices {
    /// The stored answer to an earlier request with this key, of what is changed away from the lanes.
    ///
    /// - Throws: `Problem` 422 when the key was used with other content, or for what a lane decided.
    func storedAnswer(to request: APIRequest) async throws -> [UInt8]? {
        guard let client = try request.clientRequest(key: fingerprintKey) else { return nil }
        guard let stored = try await programs.answer(to: client.key) else {
            if try await programs.isDecided(client.key) { throw Problem.keyReused }
            return nil
        }
        guard Digest.areEqual(stored.fingerprint, client.fingerprint) else { throw Problem.keyReused }
        return stored.answer
    }

    /// What a command needs of the program as it is now; nil when that is missing, but a lane has decided the request
    /// before: it has the answer, or refuses the key, whatever the command says.
    func unlessDecided<Value>(_ request: APIRequest, _ check: () async throws -> Value) async throws -> Value? {
        do {
            return try await check()
        } catch {
            guard let client = try request.clientRequest(key: fingerprintKey),
                try await programs.isDecided(client.key)
            else { throw error }
            return nil
        }
    }
}

extension HTTPServices {
    /// - Throws: `Problem` 404 when the account is not the tenant's.
    func check(_ account: AccountID, of tenant: TenantID) async throws {
        guard try await reader.account(account, of: tenant) != nil else { throw Problem.accountNotFound }
    }

    /// The version in force of an account's program; nil when the account is not the tenant's.
    func program(of account: AccountID, _ tenant: TenantID) async throws -> Program? {
        guard let view = try await reader.account(account, of: tenant) else { return nil }
        return try await reader.programs(of: tenant).first { $0.id == view.account.program }
    }
}

extension Problem {
    /// A stored decision does not have what its command always gives.
    static var unexpectedDecision: Problem {
        Problem(.internalError, "The stored answer cannot be shown. Tell the operator the request id.")
    }
}
