import AuthorizationCore
import CardCryptography

extension CardVerifier {
    /// Of the value of 3-D Secure. Nil when none was presented, or it does not matter here whether it is right.
    func authentication(of job: VerificationJob) async -> Comparison? {
        guard let presented = job.proofs.authentication, job.wants(.authentication) else { return nil }
        guard !CAVV.isOfOtherVersion(presented) else { return Comparison(.notVerified) }
        guard let cavv = CAVV(presented) else { return Comparison(.noMatch) }
        let face = CardFace(
            pan: job.proofs.pan,
            expiry: cavv.trackingNumber,
            serviceCode: cavv.authenticationCode
        )
        let key = job.profile.policy?.keys.authentication
        return await compare(with: key, .cardVerification, [], job) { [modules] name throws(PaymentCryptographyError) in
            try await modules.holder(of: name).verify(cavv.value, of: face, key: name)
        }
    }
}
