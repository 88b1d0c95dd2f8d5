import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Logging
import Synchronization

/// Tells one network of hot cards. Each entry is stored as sent before its message leaves, with the time of its repeat:
/// an end between the two, or before the answer is stored, makes a repeat and loses nothing. Any number of processes may
/// run one; whoever stores first sends.
package final class FileSender: Sendable {
    /// Between two looks for entries that are due.
    private static let interval = Duration.seconds(1)

    private let profile: NetworkProfile
    private let rules: FileRules
    /// How long the network may take for an answer.
    private let answerTimeout: Duration
    private let server: NetworkServer
    private let store: any FileStore
    private let vault: PANVault
    private let logger: Logger
    private let outstanding = Mutex(0)

    package init(
        _ profile: NetworkProfile,
        _ rules: FileRules,
        answerTimeout: Duration,
        server: NetworkServer,
        store: any FileStore,
        vault: PANVault,
        logger: Logger
    ) {
        self.profile = profile
        self.rules = rules
        self.answerTimeout = answerTimeout
        self.server = server
        self.store = store
        self.vault = vault
        var logger = logger
        logger[metadataKey: "network"] = "\(profile.name)"
        self.logger = logger
    }

    /// Sends until its task is cancelled, and then waits for the answers that are still to come. Sessions give up waiting
    /// when they end.
    package func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for due in await claimed() {
                    group.addTask { await self.send(due) }
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private struct Claimed: Sendable {
        var entry: FileEntry
        var update: FileUpdate
        var secret: CardSecret
    }

    /// Entries that this process is to send now, counted as outstanding.
    private func claimed() async -> [Claimed] {
        let room = rules.outstandingLimit - outstanding.withLock { $0 }
        guard room > 0, await server.takesFileUpdates else { return [] }
        var claimed: [Claimed] = []
        do {
            for due in try await store.due(profile.name, limit: room) {
                var entry = due.entry
                let wait = answerTimeout + wait(after: entry.attempts)
                guard let update = entry.sent(at: due.now, trace: due.trace, wait: wait), try await store.store(entry)
                else { continue }
                entry.version += 1
                claimed.append(Claimed(entry: entry, update: update, secret: due.secret))
            }
        } catch {
            logger.warning("file updates cannot be read", metadata: ["problem": "\(error)"])
        }
        outstanding.withLock { $0 += claimed.count }
        return claimed
    }

    private func send(_ claimed: Claimed) async {
        defer { outstanding.withLock { $0 -= 1 } }
        var entry = claimed.entry
        do {
            guard let code = try await exchange(claimed) else { return }
            let meaning = rules.meaning(of: code)
            if meaning == .refused {
                let metadata: Logger.Metadata = ["card": "\(entry.card)", "code": "\(code)"]
                logger.warning("a network refuses a file update", metadata: metadata)
            }
            entry.answered(meaning, code: code, at: .wallClock, wait: wait(after: entry.attempts))
            _ = try await store.store(entry)
        } catch {
            logger.error("a file update failed", metadata: ["card": "\(entry.card)", "problem": "\(error)"])
        }
    }

    /// The card's number is in clear only from here to the write of the message.
    private func exchange(_ claimed: Claimed) async throws -> String? {
        let secret = claimed.secret
        let pan = try vault.open(secret.ciphertext, keyID: secret.keyID, associatedData: claimed.entry.card.bytes)
        let code = await server.exchange(claimed.update, of: pan, rules)
        // What a table and a log can keep.
        return code.map { $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? $0 : "?" }
    }

    private func wait(after attempts: Int32) -> Duration {
        rules.repetition.wait(after: Int(attempts), .random(in: 0...1))
    }
}
