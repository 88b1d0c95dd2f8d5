import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583
import Synchronization
import Testing

@testable import CardNetwork

/// Keeps what networks send, or fails.
final class KeyShelf: KeyStore {
    struct Failure: Error {}

    enum Fault {
        case refuses
        case isInDoubt
    }

    let changes = Mutex<[KeyName]>([])
    let fault: Fault?

    init(_ fault: Fault?) { self.fault = fault }

    func usable(_ names: [KeyName]) async throws -> [StoredKey] { [] }

    func change(
        _ name: KeyName,
        to block: KeyBlock,
        _ terms: KeyTerms,
        grace: Duration,
        completion: @escaping @Sendable (KeyChangeOutcome) -> Void
    ) {
        switch fault {
        case .refuses: return completion(.refused(Failure()))
        case .isInDoubt: return completion(.inDoubt(Failure()))
        case nil: break
        }
        changes.withLock { $0.append(name) }
        completion(.stored)
    }
}

/// Ends each reading of keys at once, or when it is told to.
final class PlayedKeySource: KeySource {
    private struct State {
        var readings = 0
        var isSlow = false
        var isAway = false
        var stored: WorkingKeys.Keys?
        var waiting: [@Sendable (KeyRefresh) -> Void] = []
    }

    private let keys: WorkingKeys
    private let state = Mutex(State())

    init(_ keys: WorkingKeys) { self.keys = keys }

    var readings: Int { state.withLock { $0.readings } }

    /// - Parameter stored: what is found from now on; nil: what is known already.
    func set(stored: WorkingKeys.Keys? = nil, isSlow: Bool = false, isAway: Bool = false) {
        state.withLock { state in
            state.stored = stored
            state.isSlow = isSlow
            state.isAway = isAway
        }
    }

    func readAgain(completion: @escaping @Sendable (KeyRefresh) -> Void) {
        let isSlow = state.withLock { state in
            state.readings += 1
            state.waiting.append(completion)
            return state.isSlow
        }
        if !isSlow { end(.now) }
    }

    /// Ends the readings that were asked for.
    func end(_ began: ContinuousClock.Instant) {
        let (stored, isAway, waiting) = state.withLock { state in
            defer { state.waiting = [] }
            return (state.stored, state.isAway, state.waiting)
        }
        if let stored, !isAway { _ = keys.replace(by: stored, since: keys.changes) }
        for completion in waiting { completion(KeyRefresh(began: began, isRead: !isAway)) }
    }
}

/// A network whose messages have retail MACs, and whose keys are known.
struct SealedNetwork {
    static func key(_ digits: String, _ usage: KeyUsage = .macAlgorithm3) throws -> Key {
        let bytes = try #require(SecretBytes(hexadecimal: Array(digits.utf8)))
        return try Key(bytes, .tripleDES, usage: usage)
    }

    static func name(_ text: String) throws -> KeyName { try #require(KeyName(text)) }

    let profile: NetworkProfile
    let seal: MessageSeal
    let keys: WorkingKeys
    let shelf: KeyShelf
    /// Of its messages' keys, and of those that PINs come under.
    let source: PlayedKeySource
    let pinSource: PlayedKeySource
    let current: Key
    let previous: Key
    let protection: Key

    init(_ fault: KeyShelf.Fault? = nil, _ change: (inout NetworkProfile) -> Void = { _ in }) throws {
        var profile = Fixture.profile
        profile.dialect.mac = MACCoverage(bytes: .messageBeforeMAC, algorithm: .retail)
        var keyChange = KeyChange(protection: try Self.name("zmk"), location: ElementLocation(48))
        keyChange.request = nil
        profile.keys = NetworkKeys(
            working: [NetworkKeys.Working(try Self.name("mac"), .mac, .both)],
            change: keyChange
        )
        change(&profile)
        current = try Self.key("0123456789ABCDEFFEDCBA9876543210")
        previous = try Self.key("0123456789ABCDEF1032547698BADCFE")
        protection = try Self.key("FEDCBA98765432100123456789ABCDEF", .keyEncryption)
        var known = WorkingKeys.Keys()
        known.incoming = [WorkingKeys.Held(current), WorkingKeys.Held(previous, until: Instant(microseconds: .max))]
        known.outgoing = current
        known.protection = [WorkingKeys.Held(protection)]
        shelf = KeyShelf(fault)
        keys = WorkingKeys()
        _ = keys.replace(by: known, since: 0)
        source = PlayedKeySource(keys)
        pinSource = PlayedKeySource(keys)
        self.profile = profile
        seal = try #require(MessageSeal(profile.dialect))
    }

    func line() throws -> Line {
        let keys = SessionKeys(working: keys, store: shelf, messageSource: source, pinSource: pinSource)
        return try Line(profile, keys: keys)
    }

    /// What another process has stored: a new key, with the current one in its grace time.
    func stored(_ digits: String) throws -> WorkingKeys.Keys {
        let new = try Self.key(digits)
        var stored = WorkingKeys.Keys()
        stored.incoming = [WorkingKeys.Held(new), WorkingKeys.Held(current, until: Instant(microseconds: .max))]
        stored.outgoing = new
        stored.protection = [WorkingKeys.Held(protection)]
        return stored
    }
}
