import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Synchronization

/// The keys of a network's messages, shared by its sessions. They may change while the service runs.
package final class WorkingKeys: Sendable {
    package struct Held: Sendable {
        package var key: Key
        /// Of a previous one: until when it is taken.
        package var until: Instant?

        package init(_ key: Key, until: Instant? = nil) {
            self.key = key
            self.until = until
        }
    }

    package struct Keys: Sendable {
        /// Those that check the codes of what the network sends, the active one first.
        package var incoming: [Held] = []
        /// What makes the codes of what it is sent.
        package var outgoing: Key?
        /// Those that the network may have instead, the newest first. Until a message of it has shown which it has, the
        /// oldest one whose time is not over makes the codes.
        package var outgoingBefore: [Held] = []
        /// Under which it sends new keys, the active one first.
        package var protection: [Held] = []

        package init() {}
    }

    private struct State {
        var keys = Keys()
        /// Counts the changes by the network's messages.
        var changes = 0
    }

    private let state = Mutex(State())

    package init() {}

    package var changes: Int { state.withLock { $0.changes } }

    /// - Parameters:
    ///   - keys: as they are stored, which does not say what the network has shown to have.
    ///   - changes: as they were before the keys were read: what was read before a change is old.
    /// - Returns: false when it is.
    package func replace(by keys: Keys, since changes: Int, at now: Instant = .wallClock) -> Bool {
        state.withLock { state in
            guard state.changes == changes else { return false }
            let inUse = state.keys.outgoing(at: now)
            state.keys = keys
            if let inUse { state.keys.goOn(with: inUse) }
            return true
        }
    }

    /// Takes a new key that is stored; the one that it replaces is taken from the network for the grace time.
    func activate(_ key: Key, _ direction: KeyDirection, grace: Duration, at now: Instant) {
        let until = Instant(microseconds: now.microseconds + grace.wholeMicroseconds)
        state.withLock { state in
            state.changes += 1
            // A repeat of the change must not put the key itself in the place of the one before.
            let isRepeat = state.keys.incoming.first.map { $0.key.hasBytes(of: key) } ?? false
            if direction != .outgoing, !isRepeat {
                let previous = state.keys.incoming.prefix(1).map { Held($0.key, until: until) }
                state.keys.incoming = [Held(key)] + previous
            }
            guard direction != .incoming else { return }
            state.keys.outgoing = key
            state.keys.outgoingBefore = []
        }
    }

    func incoming(at now: Instant) -> [Key] {
        state.withLock { $0.keys.incoming }.filter { $0.isTaken(at: now) }.map(\.key)
    }

    func protection(at now: Instant) -> [Key] {
        state.withLock { $0.keys.protection }.filter { $0.isTaken(at: now) }.map(\.key)
    }

    func outgoing(at now: Instant) -> Key? { state.withLock { $0.keys.outgoing(at: now) } }

    /// Whether it matters which key a message of the network has its code of.
    var awaitsProof: Bool { state.withLock { !$0.keys.outgoingBefore.isEmpty } }

    /// The network has made a code with the key.
    func isProved(_ key: Key) { state.withLock { $0.keys.goOn(with: key) } }
}

extension WorkingKeys.Held {
    fileprivate func isTaken(at now: Instant) -> Bool { until.map { $0 > now } ?? true }
}

extension WorkingKeys.Keys {
    fileprivate func outgoing(at now: Instant) -> Key? {
        outgoingBefore.last { $0.isTaken(at: now) }?.key ?? outgoing
    }

    /// Makes codes with a key that the network has, if it is one for them: those before it are not needed any more.
    fileprivate mutating func goOn(with key: Key) {
        if outgoing?.hasBytes(of: key) == true {
            outgoingBefore = []
        } else if let place = outgoingBefore.firstIndex(where: { $0.key.hasBytes(of: key) }) {
            outgoingBefore.removeSubrange((place + 1)...)
        }
    }
}

extension Key {
    fileprivate func hasBytes(of other: Key) -> Bool {
        let bytes = other.withExposedBytes { SecretBytes($0) }
        return withExposedBytes { SecretBytes($0) }.isEqual(to: bytes)
    }
}
