import CardCryptography

/// The stored keys, for a service that runs.
package protocol KeyStore: Sendable {
    /// Those versions that are in use now: active ones, and previous ones within their grace time.
    func usable(_ names: [KeyName]) async throws -> [StoredKey]

    /// Makes a key that a network has sent the active version. One that is it already is left alone.
    ///
    /// - Parameters:
    ///   - grace: for how long the version before it is still taken.
    ///   - completion: called once, on any thread, when it is durable.
    func change(
        _ name: KeyName,
        to block: KeyBlock,
        _ terms: KeyTerms,
        grace: Duration,
        completion: @escaping @Sendable (Result<Void, any Error>) -> Void
    )
}
