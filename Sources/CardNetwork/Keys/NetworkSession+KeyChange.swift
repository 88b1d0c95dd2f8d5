import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583
import Logging
import NIOCore

// A network's new key.
extension NetworkSession {
    /// Has a new key stored; the answer leaves when that is durable. Anything wrong leaves the keys as they are.
    func changeKey(_ message: Message, _ header: FrameHeader, _ arrival: ContinuousClock.Instant) {
        guard let context, let keys = gateway.keys, let change = gateway.profile.keys?.change else { return }
        let new: NewWorkingKey
        do {
            let protection = keys.working.protection(at: .wallClock)
            new = try gateway.profile.newKey(in: message, underOneOf: protection, for: gateway.seal)
        } catch { return refuseKey(error, message, header, arrival) }
        let session = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        keys.store.change(
            new.target.name,
            to: new.block,
            new.terms(of: gateway.profile.name),
            grace: change.grace
        ) { outcome in
            guard case .stored = outcome, new.target.purpose == .pin else {
                return eventLoop.execute {
                    session.value.keyStored(new, outcome, grace: change.grace, message, header, arrival)
                }
            }
            // PINs come under it as soon as the answer has left.
            keys.pinSource.readAgain { refresh in
                let outcome = refresh.isRead ? outcome : .inDoubt(KeyNotRead())
                eventLoop.execute {
                    session.value.keyStored(new, outcome, grace: change.grace, message, header, arrival)
                }
            }
        }
    }

    private func keyStored(
        _ new: NewWorkingKey,
        _ outcome: KeyChangeOutcome,
        grace: Duration,
        _ message: Message,
        _ header: FrameHeader,
        _ arrival: ContinuousClock.Instant
    ) {
        switch outcome {
        case .refused(let error): refuseKey(error, message, header, arrival)
        // Either answer could be wrong. The network sends the key again.
        case .inDoubt(let error):
            counts.count(.dropped)
            warn(of: error)
        case .stored:
            // The answer is the last message with the old key's code. What is an answer itself gets none.
            if !message.messageType.isResponse {
                send(gateway.profile.answer(to: message, code: .approved), to: message, header, arrival)
            }
            counts.count(.keyChanged)
            switch new.target.purpose {
            case .mac:
                gateway.keys?.working.activate(new.key, new.target.direction, grace: grace, at: .wallClock)
                state.codeVerified()
            case .pin: state.pinOpened()
            }
        }
    }

    private func refuseKey(
        _ error: any Error,
        _ message: Message,
        _ header: FrameHeader,
        _ arrival: ContinuousClock.Instant
    ) {
        counts.count(.keyRefused)
        warn(of: error)
        guard !message.messageType.isResponse else { return }
        send(gateway.profile.answer(refusing: message, with: .systemMalfunction), to: message, header, arrival)
    }

    private func warn(of error: any Error) {
        gateway.logger.warning(
            "a network's new key was not taken",
            metadata: ["network": "\(gateway.profile.name)", "problem": "\(error)"]
        )
    }
}

/// A new key is stored, and could not be read from there.
private struct KeyNotRead: Error, CustomStringConvertible {
    let description = "it is stored, and could not be read"
}
