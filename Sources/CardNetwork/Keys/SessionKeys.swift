import AuthorizationEngine

/// What a network's sessions do with its keys.
package struct SessionKeys: Sendable {
    let working: WorkingKeys
    /// Takes what the network sends.
    let store: any KeyStore
    /// Of the working keys.
    let messageSource: any KeySource
    /// Of the keys that PINs come under: it brings them to the security modules.
    let pinSource: any KeySource

    package init(
        working: WorkingKeys,
        store: any KeyStore,
        messageSource: any KeySource,
        pinSource: any KeySource
    ) {
        self.working = working
        self.store = store
        self.messageSource = messageSource
        self.pinSource = pinSource
    }
}

/// A reading of keys that has ended.
package struct KeyRefresh: Sendable {
    package var began: ContinuousClock.Instant
    /// False when what is stored could not be read: the keys are as they were.
    package var isRead: Bool

    package init(began: ContinuousClock.Instant, isRead: Bool) {
        self.began = began
        self.isRead = isRead
    }
}

/// Keys that can be brought to what is stored, by whichever process it was.
package protocol KeySource: Sendable {
    /// Does not block.
    ///
    /// - Parameter completion: called once, on any thread, after a reading that began after this call.
    func readAgain(completion: @escaping @Sendable (KeyRefresh) -> Void)
}
