import AuthorizationCore
import CardCryptography

/// A merchant, and how the card numbers begin that it sends.
package struct MerchantKey: Hashable, Sendable {
    /// The number's first six digits, which may be shown.
    package let bin: String
    /// ISO 8583 element 32.
    package let acquirer: String
    /// ISO 8583 element 42; empty where the message does not tell it, so that all such merchants of an acquirer are one.
    package let acceptor: String

    package init(_ request: AuthorizationRequest, _ pan: PAN) {
        self.init(
            bin: pan.withExposedDigits { String(decoding: $0.prefix(6), as: UTF8.self) },
            acquirer: request.references.acquirer,
            acceptor: request.merchant.identification
        )
    }

    package init(bin: String, acquirer: String, acceptor: String) {
        self.bin = bin
        self.acquirer = acquirer
        self.acceptor = acceptor
    }
}

/// What became of a request, as far as its merchant is concerned.
package enum MerchantEvent: Sendable {
    /// A proof was wrong, or no card has the number.
    case failed
    /// Approved, though it could have been a guess.
    case approved
    /// Declined because there were too many such requests.
    case stopped
}

/// Counts failed and approved requests by merchant and the first digits of their card numbers, so that nobody finds out
/// numbers by trying them. It decides nothing: what it knows goes with a request as a fact.
package protocol MerchantWatch: Sendable {
    /// Nil unless the merchant is stopped. Answers at once, from memory.
    func failures(of merchant: MerchantKey) -> MerchantFailures?

    /// Takes in what became of a request, once that is durable. Waits for nothing.
    func note(_ event: MerchantEvent, at merchant: MerchantKey)
}

extension Reply {
    /// Nil when it says nothing of the merchant. A repeat was counted when it was decided, and of a stopped merchant
    /// nothing is counted, whether the stop concerns it or not: the share would change by what is left out.
    package func merchantEvent(of request: AuthorizationRequest) -> MerchantEvent? {
        guard case .decided(let answer) = self, !answer.isRepeated else { return nil }
        let isStopped = request.verification?.merchantFailures != nil
        switch answer.decision.outcome {
        case .declined(.tooManyFailuresAtMerchant, _): return .stopped
        case .declined(let reason, _):
            let isFailure = reason == .cardNotFound || request.hasWrongProof(by: answer.decision.checks)
            return isFailure && !isStopped ? .failed : nil
        case .approved: return isStopped || request.triesNothingOut ? nil : .approved
        case .acknowledged, .done, .refused: return nil
        }
    }
}
