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
