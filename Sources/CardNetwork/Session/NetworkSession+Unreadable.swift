import AuthorizationEngine
import ISO8583
import Logging
import NIOCore

// What cannot be read.
extension NetworkSession {
    /// An advice or a reversal is taken with what is left of it; a request is told that its format is wrong.
    ///
    /// - Parameter mayWait: whether the network's keys may be read again first.
    func unreadable(
        _ error: DecodeError,
        _ bytes: [UInt8],
        _ header: FrameHeader,
        _ arrival: ContinuousClock.Instant,
        mayWait: Bool
    ) {
        let partial = error.isAnswerable ? error.partial : nil
        let forged = partial.flatMap { forgery(in: $0, error.announced, bytes) }
        if let partial, mayWait, forged == .macWrong, hold(.damaged(error, partial), bytes, header, arrival) { return }
        gateway.logger.info(
            "a message cannot be read",
            metadata: [
                "class": "\(error.class.rawValue)", "element": "\(error.element)", "offset": "\(error.offset)",
            ]
        )
        if let partial, forged == nil,
            case .take(let pan, let command, let identity) = reader.readDamaged(partial, now: .wallClock)
        {
            counts.update { counts in
                counts.count(.received)
                counts.faults[NetworkCounts.Fault(class: error.class, place: error.element), default: 0] += 1
            }
            return take(partial, header, arrival, pan, identity) { command.command(for: $0, $1, tokenIndex: $2) }
        }
        let answer = partial.flatMap { partial in
            // What moves no money is acknowledged as it is when it can be read: it would come again for ever.
            let isTaken = forged == nil && partial.mustBeAccepted && !partial.movesMoney
            return gateway.profile.answer(refusing: partial, with: ResponseCode.formatError)
                ?? (isTaken ? gateway.profile.answer(to: partial, code: ResponseCode.approved) : nil)
        }
        counts.update { counts in
            counts.count(.received)
            counts.count(answer == nil ? forged ?? .dropped : .formatError)
            counts.faults[NetworkCounts.Fault(class: error.class, place: error.element), default: 0] += 1
        }
        send(answer, to: partial, header, arrival)
    }

    private func forgery(
        in partial: Message,
        _ announced: ElementSet?,
        _ bytes: [UInt8]
    ) -> NetworkMetrics.Event? {
        switch gateway.authenticity(of: partial, announced: announced, bytes) {
        case .proved, .notRequired: nil
        case .forged(let event): event
        }
    }
}
