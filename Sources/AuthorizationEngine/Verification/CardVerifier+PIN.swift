import AuthorizationCore
import CardCryptography

extension CardVerifier {
    /// Nil when no PIN was presented.
    func pin(of job: VerificationJob) async -> PINFacts? { job.proofs.pin.map { _ in PINFacts(.notVerified) } }
}
