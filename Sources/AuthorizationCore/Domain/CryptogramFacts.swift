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

    package init(_ result: ProofVerification.Result) { self.result = result }

    /// Whether the chip has signed that it compared a PIN, and that the PIN was right: of ``cardResults``, bit 1 is an
    /// offline PIN and bit 2 a wrong one.
    var provesPIN: Bool { result == .match && (cardResults ?? 0) & 0b11 == 0b01 }
}
