import AuthorizationCore
import CardCryptography

/// What the commands of one answer are made of.
struct ScriptJob: Sendable {
    let data: ChipData
    let card: ChipCard
    let policy: ChipVerification
    let job: VerificationJob

    init(_ data: ChipData, _ card: ChipCard, _ policy: ChipVerification, _ job: VerificationJob) {
        self.data = data
        self.card = card
        self.policy = policy
        self.job = job
    }
}

// Commands that go with an answer, each with secure messaging (EMV Book 3, 6.5).
extension CardVerifier {
    /// Adds what the card's status and its PIN call for. An answer is right without it, and what is missing goes with a
    /// later one.
    func addScripts(to answers: inout ChipAnswers, _ facts: inout CryptogramFacts, _ script: ScriptJob) async {
        if script.policy.blockedStatuses.contains(script.job.profile.version.status),
            let command = await command(.applicationBlock, script)
        {
            answers.addBlocking(command)
        }
        guard let waiting = script.job.profile.pin?.state.script else { return }
        var isReady = false
        if script.job.request.kind != .pinChange, let command = await command(.pinUnblock, script) {
            let template = script.policy.scripts.template
            answers.add(command, of: waiting, in: template, counter: script.data.counter)
            isReady = true
        }
        facts.script = KnownScript(identifier: waiting.identifier, isReady: isReady)
    }

    /// Tag 86; nil when there is no key, or nobody computes with it.
    private func command(_ command: PlainCommand, _ script: ScriptJob) async -> [UInt8]? {
        guard
            let key = keys.names(script.policy.messageIntegrity, .secureMessagingIntegrity, of: script.job.profile)
                .first
        else { return nil }
        let header = command.header
        let signed = ScriptCommand(
            header: header,
            counter: script.data.counter,
            cryptogram: script.data.cryptogram,
            scheme: script.policy.scheme.chipScheme
        )
        do throws(PaymentCryptographyError) {
            let mac = try await module.scriptMAC(of: signed, for: script.card, key: key)
            return try IssuerScript.command(header: header, mac: mac)
        } catch {
            return nil
        }
    }
}

/// Commands with nothing but their MAC of eight bytes.
private enum PlainCommand {
    /// EMV Book 3, 6.5.1.
    case applicationBlock
    /// PIN CHANGE/UNBLOCK without a PIN: its tries begin anew (EMV Book 3, 6.5.10).
    case pinUnblock

    var header: [UInt8] {
        switch self {
        case .applicationBlock: [0x84, 0x1E, 0x00, 0x00, 0x08]
        case .pinUnblock: [0x84, 0x24, 0x00, 0x00, 0x08]
        }
    }
}
