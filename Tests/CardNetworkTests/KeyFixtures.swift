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
        known.protection = protection
        shelf = KeyShelf(fault)
        keys = WorkingKeys(store: shelf)
        keys.replace(by: known, since: 0)
        self.profile = profile
        seal = try #require(MessageSeal(profile.dialect))
    }

    func line() throws -> Line { try Line(profile, keys: keys) }
}
