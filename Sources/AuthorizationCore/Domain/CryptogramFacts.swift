/// What was found out about a chip's cryptogram.
package struct CryptogramFacts: Hashable, Sendable {
    package var result: ProofVerification.Result

    package init(_ result: ProofVerification.Result) { self.result = result }
}
