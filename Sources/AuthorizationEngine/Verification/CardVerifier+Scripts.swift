import AuthorizationCore
import CardCryptography

// Commands that go with an answer, each with secure messaging (EMV Book 3, 6.5).
extension CardVerifier {
    /// Adds what the card's status, a new PIN and what waits for the chip call for. An answer is right without it, and what
    /// waits goes with a later one.
    func addingScripts(
        to verified: VerifiedChip,
        of instance: CardInstance,
        _ data: ChipData,
        _ version: CryptogramVersion,
        _ newPIN: EncryptedPIN?,
        _ policy: ChipVerification,
        _ job: VerificationJob
    ) async -> VerifiedChip {
        guard var answers = verified.answers, let (card, cryptograms) = verified.card else { return verified }
        var verified = verified
        let script = Script(data: data, version: version, card: card, instance: instance, policy: policy, job: job)
        if policy.blockedStatuses.contains(job.profile.version.status) {
            answers.addBlocking(await command(.applicationBlock, script))
        }
        // A card that was tapped has gone before the answer comes.
        let isPutIn = job.request.entryMode == .contactChip
        if let newPIN, policy.messageConfidentiality != nil {
            if isPutIn, let change = await pinChange(newPIN, cryptograms, script),
                let command = await command(change, script)
            {
                answers.addPINChange(command, in: policy.scripts.template)
            } else {
                verified.lacksNewPIN = true
            }
        }
        if let waiting = job.profile.pin?.state.script {
            var isReady = false
            // A new PIN brings its own tries.
            if isPutIn, job.request.kind != .pinChange, job.isNewest(verified.facts.sequenceNumber),
                let command = await command(.pinUnblock, script)
            {
                answers.add(command, of: waiting, in: policy.scripts.template, counter: data.counter)
                isReady = true
            }
            verified.facts.script = KnownScript(identifier: waiting.identifier, isReady: isReady)
        }
        verified.answers = answers
        return verified
    }

    /// The version that the chip has: nil when it is not at hand, or nobody knows which of several in use it is. The chip
    /// obeys no command under another one.
    private func key(_ name: StoredKeyName?, _ usage: KeyUsage, _ script: Script) -> KeyName? {
        let versions = keys.versions(name, usage, of: script.job.profile.program, [script.instance])
        return versions.keys.count == 1 && !versions.lacksSome ? versions.keys.first?.name : nil
    }

    /// Nil when there is no key, or nobody computes with it: a module for cards alone does nothing with PINs.
    private func pinChange(_ pin: EncryptedPIN, _ cryptograms: KeyName, _ script: Script) async -> Script.Command? {
        guard let key = key(script.policy.messageConfidentiality, .secureMessagingConfidentiality, script) else {
            return nil
        }
        do throws(PaymentCryptographyError) {
            let scheme = script.policy.scheme.chipScheme
            let data = try await modules.payment.scriptData(
                with: pin,
                for: script.card,
                answering: script.data,
                scheme,
                key: key,
                cryptograms: cryptograms
            )
            return .pinChange(data)
        } catch {
            return nil
        }
    }

    /// Tag 86; nil when there is no key, or nobody computes with it.
    private func command(_ command: Script.Command, _ script: Script) async -> [UInt8]? {
        guard let key = key(script.policy.messageIntegrity, .secureMessagingIntegrity, script) else { return nil }
        let signed = ScriptCommand(
            header: command.header,
            data: command.data,
            counter: script.data.counter,
            cryptogram: script.data.cryptogram,
            version: script.version
        )
        do throws(PaymentCryptographyError) {
            let mac = try await modules.holder(of: key).scriptMAC(of: signed, for: script.card, key: key)
            return try IssuerScript.command(header: signed.header, data: signed.data, mac: mac)
        } catch {
            return nil
        }
    }
}

/// What the commands of one answer are made of.
private struct Script {
    var data: ChipData
    var version: CryptogramVersion
    var card: ChipCard
    var instance: CardInstance
    var policy: ChipVerification
    var job: VerificationJob

    /// Before its MAC of eight bytes.
    enum Command {
        /// EMV Book 3, 6.5.1.
        case applicationBlock
        /// PIN CHANGE/UNBLOCK without a PIN: its tries begin anew (EMV Book 3, 6.5.10).
        case pinUnblock
        /// The same with a new PIN, without the present one.
        case pinChange([UInt8])

        var data: [UInt8] {
            switch self {
            case .applicationBlock, .pinUnblock: []
            case .pinChange(let data): data
            }
        }

        var header: [UInt8] {
            let length = UInt8(truncatingIfNeeded: data.count + 8)
            return switch self {
            case .applicationBlock: [0x84, 0x1E, 0x00, 0x00, length]
            case .pinUnblock: [0x84, 0x24, 0x00, 0x00, length]
            case .pinChange: [0x84, 0x24, 0x00, 0x02, length]
            }
        }
    }
}
