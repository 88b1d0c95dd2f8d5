import AuthorizationCore
import CardCryptography

extension CardVerifier {
    /// Of the value of 3-D Secure. Nil when none was presented, or it does not matter here whether it is right.
    func authentication(of job: VerificationJob) async -> ProofVerification.Result? {
        guard let presented = job.proofs.authentication, job.wants(.authentication) else { return nil }
        guard !CAVV.isOfOtherVersion(presented) else { return .notVerified }
        guard let cavv = CAVV(presented) else { return .noMatch }
        let face = CardFace(
            pan: job.proofs.pan,
            expiry: cavv.trackingNumber,
            serviceCode: cavv.authenticationCode
        )
        let name = job.profile.policy?.keys.authentication
        let versions = keys.versions(name, .cardVerification, of: job.profile.program, [])
        return await match(with: versions) { [modules] name throws(PaymentCryptographyError) in
            try await modules.holder(of: name).verify(cavv.value, of: face, key: name) ? true : nil
        }.result
    }
}
