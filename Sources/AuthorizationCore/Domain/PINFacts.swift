/// What was found out about a PIN.
package struct PINFacts: Hashable, Sendable {
    package var result: ProofVerification.Result

    package init(_ result: ProofVerification.Result) { self.result = result }
}
