import AuthorizationEngine
import CardCryptography

extension StoredKey {
    /// One that a test gives its module itself: no block of it is opened.
    init(
        _ name: KeyName,
        _ usage: KeyUsage,
        of owner: KeyOwner,
        version: Int32 = 1,
        _ state: KeyState = .active,
        _ algorithm: CipherAlgorithm = .tripleDES
    ) {
        self.init(
            name: name,
            version: version,
            terms: KeyTerms(usage: usage, direction: .both, owner: owner),
            state: state,
            algorithm: algorithm,
            checkValue: [],
            sealed: nil
        )
    }
}
