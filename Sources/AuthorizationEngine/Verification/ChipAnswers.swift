import AuthorizationCore
import CardCryptography

/// ISO 8583 element 55 of an answer for each decision that may follow, sealed before the account is locked: what
/// happens under the lock only picks one.
package struct ChipAnswers: Hashable, Sendable {
    /// Tag 91, by what it was sealed for: each decision, or each response code that may be sent.
    private var authentication: [ChipSeal: [UInt8]]
    /// Nil where the card's status does not call for it, empty where a card status update alone blocks.
    private var blocking: [UInt8]?
    /// What goes with an answer only when the decision counts it, and the ATC that it counts with.
    private var waiting: Waiting?
    /// What goes behind the rest of an approval.
    private var pinChange: [UInt8]?

    private struct Waiting: Hashable, Sendable {
        var template: [UInt8]
        var counter: UInt16
    }

    /// - Parameter authentication: the value of tag 91, 16 bytes at most; nothing is told where none fits.
    package init(_ authentication: [ChipSeal: [UInt8]]) {
        self.authentication = authentication.mapValues { Self.object([0x91], $0) }
    }

    /// The card is to be blocked.
    ///
    /// - Parameter command: tag 86 of the command that blocks the application; nil where none can be made.
    package mutating func addBlocking(_ command: [UInt8]?) {
        // The card obeys after its last cryptogram, which is to decline.
        blocking = command.map { Self.template(.after, $0) } ?? []
    }

    /// - Parameter command: tag 86 of the command with the new PIN.
    package mutating func addPINChange(_ command: [UInt8], in template: ScriptRules.Template) {
        pinChange = Self.template(template, command)
    }

    /// - Parameter command: tag 86 of what waits for the card.
    package mutating func add(
        _ command: [UInt8],
        of script: PINScript,
        in template: ScriptRules.Template,
        counter: UInt16
    ) {
        let identifier = withUnsafeBytes(of: script.identifier.bigEndian) { Array($0) }
        let commands = Self.object([0x9F, 0x18], identifier) + command
        waiting = Waiting(template: Self.template(template, commands), counter: counter)
    }

    /// The script with a new PIN; nil unless its change is approved. A PIN ends with the request, enciphered or not: it is
    /// not among what is stored for repeats.
    package func newPIN(for decision: Decision) -> [UInt8]? {
        if case .approved = decision.outcome { pinChange } else { nil }
    }

    /// All but a new PIN. Nil for what a chip is not told.
    ///
    /// - Parameter code: ISO 8583 element 39 of the answer.
    package func data(for decision: Decision, code: String) -> [UInt8]? {
        switch decision.outcome {
        case .approved: sealed(.approved, code) + waitingScript(decision)
        case .declined(let reason, _):
            if reason.isOfHotCard, let blocking {
                sealed(.blocked, code) + blocking
            } else {
                sealed(.declined, code) + waitingScript(decision)
            }
        case .acknowledged, .done, .refused: nil
        }
    }

    private func sealed(_ decision: ChipDecision, _ code: String) -> [UInt8] {
        authentication[.decision(decision)] ?? ChipSeal(responseCode: code).flatMap { authentication[$0] } ?? []
    }

    private func waitingScript(_ decision: Decision) -> [UInt8] {
        guard let waiting else { return [] }
        let isCounted = decision.changes.contains { change in
            if case .pin(_, let pin) = change { pin.script?.counter == waiting.counter } else { false }
        }
        return isCounted ? waiting.template : []
    }

    /// Templates are shorter than 128 bytes, as their commands are.
    private static func template(_ template: ScriptRules.Template, _ commands: [UInt8]) -> [UInt8] {
        switch template {
        case .before: object([0x71], commands)
        case .after: object([0x72], commands)
        }
    }

    /// Nothing for a value that one byte does not tell the length of.
    private static func object(_ tag: [UInt8], _ value: [UInt8]) -> [UInt8] {
        value.count < 0x80 ? tag + [UInt8(truncatingIfNeeded: value.count)] + value : []
    }
}
