import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Testing

extension `A chip's commands` {
    private struct Profiles: CardProfiles {
        var profile: CardProfile

        func profile(
            of card: CardID,
            fresh: Bool,
            completion: @escaping @Sendable (Result<CardProfile?, any Error>) -> Void
        ) { completion(.success(profile)) }
    }

    /// A program with keys for PINs and chips, and the PIN 4929.
    struct World {
        let pan: PAN
        let key: Key
        /// Tag 9F5B.
        var report: ScriptReport?
        var entryMode = EntryMode.contactChip
        private let module: SoftwareHSM
        private let held = HeldKeys()
        private var source = PlayedKeys()
        private let vault: PANVault
        private var profile: CardProfile

        /// - Parameters:
        ///   - missing: the usage of a key that the program does not have.
        ///   - tellsChips: whether the program has a key for new PINs at all.
        init(
            script: PINScript? = nil,
            _ template: ScriptRules.Template = .after,
            missing: KeyUsage? = nil,
            tellsChips: Bool = true
        ) async throws {
            let bytes = try #require(SecretBytes(hexadecimal: "0123456789ABCDEFFEDCBA9876543210".utf8))
            let pan = try #require(PAN(ascii: "1234567890123456".utf8))
            key = try Key(bytes, .tripleDES, usage: .pinEncryption)
            let names = keys.filter { $0.usage != missing }
            let stored = try names.map { try Self.stored($0.name, $0.usage) }
            let made = try names.map { try Key(bytes, .tripleDES, usage: $0.usage) }
            module = SoftwareHSM(Dictionary(uniqueKeysWithValues: zip(stored.map(\.moduleName), made)))
            held.replace(by: stored)
            let secret = try SecretKey.random()
            vault = PANVault(encryptionKey: secret, indexKey: secret)
            let sender = try Self.presented("4929", pan, key)
            let arrival = PINModule.Arrival(sender, pan: pan, from: .network("test"), to: card, of: program)
            let pins = PINModule(module: module, keys: held, vault: vault)
            let sealed = try await pins.reference(of: arrival, by: try #require(method), version: 1)
            var state = PINState(reference: 1)
            state.script = script
            profile = try Self.profile(StoredPIN(state: state, reference: sealed), template)
            if !tellsChips { profile.policy?.keys.chip?.messageConfidentiality = nil }
            self.pan = pan
        }

        /// A version that the chip may have been made with, before the one that is active.
        ///
        /// - Parameter isMissing: whether the module could not be given it.
        func addPrevious(of usage: KeyUsage, isMissing: Bool = false) throws {
            let all = try keys.map { try Self.stored($0.name, $0.usage) }
            let name = try #require(keys.first { $0.usage == usage }?.name)
            let previous = try Self.stored(name, usage, version: 2, .previous)
            held.replace(by: all + [previous], missing: isMissing ? [previous.moduleName] : [])
        }

        /// The chip knows of which versions it is.
        mutating func know(version: Int32, of usages: [KeyUsage]) {
            profile.instances[0].keyVersions = keys.filter { usages.contains($0.usage) }.compactMap { key in
                StoredKeyName(key.name).map { StoredKeyVersion($0, version) }
            }
        }

        /// Under which PINs come, until the keys are read again.
        mutating func loseZoneKey() throws {
            let all = try keys.map { try Self.stored($0.name, $0.usage) }
            held.replace(by: all.filter { $0.terms.usage != .pinEncryption })
            source = PlayedKeys { [held] in held.replace(by: all) }
        }

        /// Another instance of the card.
        mutating func add(_ sequenceNumber: UInt8, isActive: Bool) {
            var other = profile.instances[0]
            (other.sequenceNumber, other.active) = (sequenceNumber, isActive)
            profile.instances.append(other)
        }

        private static func stored(
            _ name: String,
            _ usage: KeyUsage,
            version: Int32 = 1,
            _ state: KeyState = .active
        ) throws -> StoredKey {
            let owner: KeyOwner = usage == .pinEncryption ? .network("test") : .program(program)
            return StoredKey(try #require(KeyName(name)), usage, of: owner, version: version, state)
        }

        private static func profile(_ pin: StoredPIN, _ template: ScriptRules.Template) throws -> CardProfile {
            var policy = VerificationPolicy()
            policy.keys.pin = method
            policy.keys.chip = StoredKeyName("imk-ac").map { ChipVerification(.visa, cryptograms: $0) }
            policy.keys.chip?.messageIntegrity = StoredKeyName("imk-smi")
            policy.keys.chip?.messageConfidentiality = StoredKeyName("imk-smc")
            policy.keys.chip?.scripts.template = template
            let instance = CardInstance(
                sequenceNumber: 0,
                expiry: try #require(ExpiryMonth(year: 2_030, month: 1)),
                validUntil: .distantPast,
                serviceCode: 201,
                active: true
            )
            return CardProfile(
                card: card,
                instances: [instance],
                program: program,
                policy: policy,
                version: ProfileVersion(card: 0, status: .active, program: 1),
                pin: pin
            )
        }

        static func presented(_ digits: String, _ pan: PAN, _ key: Key) throws -> PresentedPIN {
            let block = try PINBlock(try #require(PIN(ascii: digits.utf8)), .format0, pan: pan, key: key)
            let bytes = block.withExposedBytes { SecretBytes($0) }
            return PresentedPIN(block: bytes, format: .format0, key: KeyName("zone"))
        }

        /// - Parameters:
        ///   - pins: the present PIN and the new one of a request to change it.
        ///   - changes: to what the chip tells.
        func verified(
            _ pins: (present: String, new: String)? = nil,
            _ changes: [UInt32: String] = [:]
        ) async throws -> VerifiedProofs {
            let objects: [UInt32: String] = [
                0x9F02: "000000004000", 0x9F03: "000000000000", 0x9F1A: "0124", 0x95: "8000048000", 0x5F2A: "0124",
                0x9A: "191105", 0x9C: "01", 0x9F37: "52BF4585", 0x82: "1800", 0x9F36: "001C",
                0x9F10: "06010A03A06010", 0x9F26: "29CCA15AE665FA2E",
            ]
            let chip = try ChipData { (changes[$0] ?? objects[$0]).map(`A chip's commands`.bytes) }
            var proof = ChipProof(.data(chip), cryptogram: .authorizationRequest)
            proof.scriptReport = report
            let proofs = PresentedProofs(
                of: pan,
                pin: try pins.map { try Self.presented($0.present, pan, key) },
                newPIN: try pins.map { try Self.presented($0.new, pan, key) },
                chip: proof
            )
            let profiles = Profiles(profile: profile)
            let modules = SecurityModules(module)
            let verifier = CardVerifier(
                modules: modules,
                keys: held,
                source: source,
                profiles: profiles,
                vault: vault
            )
            var request = AuthorizationRequest(
                card: card,
                network: "test",
                kind: pins == nil ? .purchase : .pinChange,
                transaction: Money(0, .euro),
                merchant: Merchant(name: "", identification: "", categoryCode: 0, country: "", city: "")
            )
            request.entryMode = entryMode
            let presented = try #require(proofs)
            return await withCheckedContinuation { [request] continuation in
                let limit = ContinuousClock.now + .seconds(60)
                verifier.verify(presented, of: request, card: card, fresh: false, deadline: limit) {
                    continuation.resume(returning: $0)
                }
            }
        }
    }

    static func bytes(_ digits: String) -> [UInt8] {
        stride(from: 0, to: digits.utf8.count, by: 2).compactMap {
            UInt8(String(digits.dropFirst($0).prefix(2)), radix: 16)
        }
    }
}
