import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// A request that counts at its merchant when it fails.
struct WatchedRequest: Sendable {
    private let request: AuthorizationRequest
    private let merchant: MerchantKey
    private let watch: any MerchantWatch

    /// Nil for what does not count: advices and reversals, and numbers of other issuers.
    init?(_ command: Command, _ pan: PAN?, _ watch: (any MerchantWatch)?) {
        guard case .authorize(var request) = command, !request.isOfUnknownIssuer, let pan, let watch else { return nil }
        let merchant = MerchantKey(request, pan)
        if let failures = watch.failures(of: merchant) {
            // Nothing was compared where there are no facts: no version is needed.
            request.verification = request.verification ?? VerificationFacts(profileVersion: 0)
            request.verification?.merchantFailures = failures
        }
        self.request = request
        self.merchant = merchant
        self.watch = watch
    }

    /// With what is known of its merchant.
    var command: Command { .authorize(request) }

    func note(_ reply: Reply) {
        if let event = reply.merchantEvent(of: request) { watch.note(event, at: merchant) }
    }
}
