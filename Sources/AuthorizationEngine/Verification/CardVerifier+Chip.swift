import AuthorizationCore
import CardCryptography

extension CardVerifier {
    /// Nil when there is no chip data.
    func cryptogram(of job: VerificationJob) async -> CryptogramFacts? {
        job.proofs.chipData.map { _ in CryptogramFacts(.notVerified) }
    }
}
