import CardCryptography

/// What became of a key that a network has sent.
package enum KeyChangeOutcome: Sendable {
    /// It is durable.
    case stored
    /// Nothing has changed.
    case refused(any Error)
    /// Nobody knows whether it is stored: the connection broke, maybe after the commit.
    case inDoubt(any Error)
}

/// A key that a network has sent is a version that was replaced or given up, or that waits for an approval.
package struct KeyUsedBefore: Error, CustomStringConvertible {
    package let description = "another version of the key is or was the same"

    package init() {}
}

/// The stored keys, for a service that runs.
package protocol KeyStore: Sendable {
    /// Those versions that are in use now: active ones, and previous ones before their end.
    func usable(_ names: [KeyName]) async throws -> [StoredKey]

    /// Makes a key that a network has sent the active version. One that is it already is left alone; one that any
    /// other version is or was is refused: an old message must not bring an old key back.
    ///
    /// - Parameters:
    ///   - grace: for how long the version before it is still taken.
    ///   - completion: called once, on any thread.
    func change(
        _ name: KeyName,
        to block: KeyBlock,
        _ terms: KeyTerms,
        grace: Duration,
        completion: @escaping @Sendable (KeyChangeOutcome) -> Void
    )
}
