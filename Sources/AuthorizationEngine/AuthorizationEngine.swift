import AuthorizationCore
import CardCryptography
import Foundation

/// Takes commands to their accounts' lanes.
package final class AuthorizationEngine: Sendable {
    private let inboxes: [LaneInbox]

    package init(inboxes: [LaneInbox]) {
        precondition(!inboxes.isEmpty, "an engine has a lane")
        self.inboxes = inboxes
    }

    /// Hands a command to its lane; the reply comes on the lane's thread.
    package func submit(_ item: LaneItem) {
        let shard = item.account?.shard ?? item.id.shard
        if !inboxes[Int(shard.number) % inboxes.count].submit(item) {
            item.answer(.refused)
        }
    }

    /// Hands a client's command to its lane and waits for the reply, no longer than `limit` and a second: whoever asked
    /// learns from a repeat with the same key what became of a command that is still under way then.
    ///
    /// - Parameters:
    ///   - tenant: whose account it must be; nil for whoever's.
    ///   - actor: nil for Aval itself.
    ///   - coding: how a network is told the outcome; nil for a client.
    ///   - isBackground: whether it is put off while much waits.
    package func perform(
        _ command: Command,
        on account: AccountID?,
        tenant: TenantID?,
        actor: CommandActor?,
        client: ClientRequest?,
        panIndex: [UInt8]? = nil,
        cardNumber: PANVault.Sealed? = nil,
        pinReference: SealedPINReference? = nil,
        coding: AnswerCoding? = nil,
        within limit: Duration,
        isBackground: Bool = false
    ) async -> Reply {
        await withCheckedContinuation { continuation in
            let waiting = FirstOutcome<Reply> { continuation.resume(returning: $0) }
            let timeout = Task {
                try await Task.sleep(for: limit + .seconds(1))
                waiting.give(.late)
            }
            submit(
                LaneItem(
                    id: newEventID(for: account),
                    account: account,
                    command: command,
                    tenant: tenant,
                    actor: actor,
                    client: client,
                    panIndex: panIndex,
                    cardNumber: cardNumber,
                    pinReference: pinReference,
                    coding: coding,
                    seed: .random(in: .min ... .max),
                    deadline: .now + limit,
                    isBackground: isBackground
                ) { reply in
                    timeout.cancel()
                    waiting.give(reply)
                }
            )
        }
    }

    /// An identifier for a journal row. Requests without an account are spread over all shards.
    package func newEventID(for account: AccountID?) -> EventID {
        let shard = account?.shard ?? Shard(truncating: .random(in: .min ... .max))
        return EventID(at: .wallClock, shard: shard, entropy: .random(in: .min ... .max))
    }

    /// Lets the lanes finish what waits; nothing more is taken.
    package func close() {
        for inbox in inboxes { inbox.close() }
    }

    /// Kind and event of each command that was taken and is not answered.
    package var unanswered: [String] {
        inboxes.flatMap(\.unanswered).sorted { $0.id < $1.id }.map { "\($0.command.name) \($0.id)" }
    }

    package var waitingCount: Int { inboxes.reduce(0) { $0 + $1.waitingCount } }
}
