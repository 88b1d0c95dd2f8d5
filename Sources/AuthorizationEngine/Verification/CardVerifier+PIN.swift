import AuthorizationCore
import CardCryptography

extension CardVerifier {
    /// Nil when no PIN was presented, or it does not matter here whether it is right.
    func pin(of job: VerificationJob) async -> PINFacts? {
        guard let presented = job.proofs.pin, job.wants(.pin) else { return nil }
        let arrival = PINModule.Arrival(
            presented,
            pan: job.proofs.pan,
            from: .network(job.request.network),
            to: job.profile.card,
            of: job.profile.program
        )
        return await pins.facts(of: arrival, stored: job.profile.pin)
    }
}
