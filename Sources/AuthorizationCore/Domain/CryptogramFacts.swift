/// What was found out about a chip and its cryptogram. What the chip says beside it is among the facts for disputes.
package struct CryptogramFacts: Hashable, Sendable {
    package var result: ProofVerification.Result
    /// Why nobody could look at it, or why it cannot be right.
    package var problem: ChipProblem?
    /// Nil where the message does not say.
    package var kind: CryptogramKind?
    /// Application transaction counter (ATC, tag 9F36). Proven only with the cryptogram; nil where it cannot be read.
    package var counter: UInt16?
    /// PAN sequence number, 0 to 99.
    package var sequenceNumber: UInt8 = 0
    /// Card verification results (CVR, in tag 9F10) as bits of their own, the same for all schemes.
    package var cardResults: UInt8?
    /// What differs between the chip's data and the message.
    package var differences: Set<ChipElement> = []
    /// Those for which the network's rules decline.
    package var declinedDifferences: Set<ChipElement> = []
    /// What was known to wait for the chip when its cryptogram was verified; nil for nothing.
    package var script: KnownScript?
    /// What became of an earlier script; nil where the message does not tell.
    package var scriptReport: ScriptReport?

    package init(_ result: ProofVerification.Result) { self.result = result }

    /// Whether the chip has signed that it compared a PIN, and that the PIN was right: of ``cardResults``, bit 1 is an
    /// offline PIN and bit 2 a wrong one.
    var provesPIN: Bool { result == .match && (cardResults ?? 0) & 0b11 == 0b01 }
}

/// A ``PINScript`` as it was read before any lock.
package struct KnownScript: Hashable, Sendable {
    package var identifier: UInt32
    /// Whether its command was made for this request's answer.
    package var isReady: Bool

    package init(identifier: UInt32, isReady: Bool) {
        self.identifier = identifier
        self.isReady = isReady
    }
}

extension CryptogramFacts {
    /// Whether the chip is to be told something else than was known: verifying once more makes it ready.
    package func isStale(for pin: PINState?) -> Bool {
        result == .match && script?.identifier != pin?.script?.identifier
    }
}
