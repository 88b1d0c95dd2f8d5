import AuthorizationCore
import CardCryptography
import CardNetwork
import ISO8583
import Testing

@testable import AuthorizationEngine
@testable import Service

@Suite struct `Stored keys of a network` {
    private let vault: KeyVault
    private let profile: NetworkProfile

    init() throws {
        vault = try #require(KeyVault(hexadecimal: [UInt8](repeating: UInt8(ascii: "7"), count: 64)))
        var dialect = Dialect.iso87ASCIIHexBitmap
        dialect.mac = MACCoverage(bytes: .messageBeforeMAC, algorithm: .retail)
        var profile = NetworkProfile(name: "blue", dialect: dialect, framing: FrameFormat(.bigEndian2))
        let change = KeyChange(protection: try Self.name("zmk"), location: ElementLocation(48))
        profile.keys = NetworkKeys(working: [.init(try Self.name("mac"), .mac, .both)], change: change)
        self.profile = profile
    }

    private static func name(_ text: String) throws -> KeyName { try #require(KeyName(text)) }

    private func stored(
        _ name: String,
        _ usage: KeyUsage,
        _ owner: String = "blue",
        version: Int32 = 1
    ) throws -> StoredKey {
        try stored(name, usage, .network(owner), version: version)
    }

    private func stored(
        _ name: String,
        _ usage: KeyUsage,
        _ owner: KeyOwner,
        version: Int32 = 1,
        _ state: KeyState = .active
    ) throws -> StoredKey {
        let key = try Key(random: .tripleDES, length: 16, usage: usage)
        let name = try Self.name(name)
        let block = KeyBlock(key, .aes, mode: .unrestricted, exportability: .nonExportable)
        let terms = KeyTerms(usage: usage, direction: .both, owner: owner)
        let new = try NewKey(block, as: name, version: version, terms, grace: .zero, in: vault)
        return StoredKey(
            name: name,
            version: version,
            terms: terms,
            state: state,
            algorithm: new.algorithm,
            checkValue: new.checkValue,
            sealed: new.sealed
        )
    }

    @Test func `are used each for itself, and one that is not there any more is not`() throws {
        let mac = try stored("mac", .macAlgorithm3)
        let protection = try stored("zmk", .keyEncryption)
        var damaged = mac
        damaged.sealed = protection.sealed
        let foreign = try stored("mac", .macAlgorithm3, "green")
        let missing = "network blue: key zmk has no active version: see `aval keys list`"
        let terms = "key mac is not of network blue with usage M3 and direction both"
        // What is stored, how many of the keys are used, and what is wrong.
        for (stored, isMAC, isProtection, problems) in [
            ([mac, protection], true, true, []),
            ([mac], true, false, [missing]),
            // The network can send it.
            ([protection], false, true, []),
            ([], false, false, [missing]),
            ([foreign, protection], false, true, [terms]),
        ] as [([StoredKey], Bool, Bool, [String])] {
            let reading = KeyReading(profile, stored, vault: vault)
            #expect(!reading.keys.incoming.isEmpty == isMAC && (reading.keys.outgoing != nil) == isMAC)
            #expect(!reading.keys.protection.isEmpty == isProtection)
            #expect(reading.problems == problems)
        }
        let reading = KeyReading(profile, [damaged, protection], vault: vault)
        #expect(reading.keys.incoming.isEmpty && reading.keys.outgoing == nil && !reading.keys.protection.isEmpty)
        #expect(reading.problems.contains { $0.hasPrefix("key mac of network blue cannot be opened") })
    }

    @Test(
        arguments: [
            (.macAlgorithm3, .tripleDES, 16, .computeAndVerify, .both, nil),
            (.macAlgorithm3, .tripleDES, 24, .computeAndVerify, .both, .keyLength),
            (.macAlgorithm3, .aes, 16, .computeAndVerify, .both, .keyLength),
            (.macAlgorithm1, .aes, 16, .computeAndVerify, .both, .keyLength),
            (.cmac, .aes, 32, .computeAndVerify, .both, nil), (.cmac, .tripleDES, 24, .unrestricted, .both, nil),
            (.macAlgorithm3, .tripleDES, 16, .verify, .incoming, nil),
            (.macAlgorithm3, .tripleDES, 16, .verify, .both, .keyMode),
            (.macAlgorithm3, .tripleDES, 16, .verify, .outgoing, .keyMode),
            (.pinEncryption, .aes, 16, .decrypt, .incoming, nil),
            (.pinEncryption, .aes, 16, .decrypt, .both, .keyMode),
            (.cardVerification, .tripleDES, 16, .unrestricted, .both, nil),
            (.cardVerification, .tripleDES, 16, .computeAndVerify, .both, nil),
            (.cardVerification, .tripleDES, 16, .verify, .incoming, nil),
            (.cardVerification, .tripleDES, 16, .verify, .both, .keyMode),
            (.cardVerification, .tripleDES, 16, .compute, .both, .keyMode),
            (.cardVerification, .tripleDES, 16, .compute, .outgoing, .keyMode),
            (.visaPVV, .tripleDES, 16, .compute, .both, .keyMode),
            (.ibm3624, .tripleDES, 16, .encrypt, .both, .keyMode),
            (.ibm3624, .tripleDES, 16, .computeAndVerify, .both, nil),
            (.applicationCryptograms, .tripleDES, 16, .derive, .both, nil),
            (.applicationCryptograms, .tripleDES, 16, .unrestricted, .incoming, nil),
            (.applicationCryptograms, .tripleDES, 16, .computeAndVerify, .both, .keyMode),
            (.dataAuthenticationCode, .tripleDES, 16, .derive, .both, nil),
            (.dynamicNumbers, .tripleDES, 16, .verify, .incoming, .keyMode),
            (.keyEncryption, .tripleDES, 16, .decrypt, .both, nil),
            (.keyEncryption, .tripleDES, 16, .encrypt, .both, .keyMode),
            (.keyEncryption, .tripleDES, 16, .encrypt, .outgoing, nil),
            (.keyBlockProtection, .aes, 16, .encryptAndDecrypt, .outgoing, nil),
            (.keyBlockProtection, .aes, 16, .decrypt, .outgoing, .keyMode),
            (.keyBlockProtection, .aes, 16, .derive, .both, .keyMode),
        ] as [(KeyUsage, CipherAlgorithm, Int, KeyMode, KeyDirection, PaymentCryptographyError?)]
    )
    func `are stored only when the messages can be made with them`(
        usage: KeyUsage,
        algorithm: CipherAlgorithm,
        length: Int,
        mode: KeyMode,
        direction: KeyDirection,
        problem: PaymentCryptographyError?
    ) throws {
        let key = try Key(random: algorithm, length: length, usage: usage)
        let block = KeyBlock(key, .aes, mode: mode, exportability: .trusted)
        let terms = KeyTerms(usage: usage, direction: direction, owner: .network("blue"))
        do throws(PaymentCryptographyError) {
            try terms.check(block)
            #expect(problem == nil)
        } catch { #expect(error == problem) }
    }

    @Test(arguments: KeyUsage.allCases) func `that are made here can do what they are for`(_ usage: KeyUsage) throws {
        let terms = KeyTerms(usage: usage, direction: .both, owner: .installation)
        let key = try Key(random: .tripleDES, length: 16, usage: usage)
        try terms.check(KeyBlock(key, .aes, mode: .usual(for: usage), exportability: .trusted))
    }

    @Test func `of a token can do what they are for`() throws {
        let terms = KeyTerms(usage: .cardVerification, direction: .both, owner: .installation)
        let wrapped = [UInt8](repeating: 1, count: WrappedCardKey.wrappedLength)
        for (mode, isTaken) in [(.computeAndVerify, true), (.compute, false)] as [(KeyMode, Bool)] {
            let key = WrappedCardKey(usage: .cardVerification, mode: mode, whole: wrapped, leftHalf: wrapped)
            let new = Result {
                try NewKey((key, [1, 2, 3]), as: Self.name("cvk"), version: 1, terms, grace: .zero, in: vault)
            }
            #expect(((try? new.get()) != nil) == isTaken)
        }
    }

    @Test func `are not used in production when they need a payment HSM`() async throws {
        let stored = [try stored("pin", .pinEncryption), try stored("cvk", .cardVerification)]
        let development = ModuleKeys(.development)
        #expect(await development.replace(by: stored, from: vault) == [] && development.software.names.count == 2)
        let production = ModuleKeys(.production)
        let told = [("pin", "P0"), ("cvk", "C0")].map { "key \($0) version 1 of usage \($1) needs a payment HSM" }
        #expect(await production.replace(by: stored, from: vault) == told)
        #expect(production.software.names.isEmpty && !production.holds(stored[1]) && development.holds(stored[1]))
        #expect(production.held.versions(stored[1].name, .cardVerification, of: stored[1].terms.owner)?.keys == [])
    }

    /// It may be away for a moment alone.
    @Test func `are not forgotten when the module cannot be given one of their versions`() async throws {
        let program = ProgramID(high: 1, low: 2)
        let first = try stored("cvk", .cardVerification, .program(program), .previous)
        let second = try stored("cvk", .cardVerification, .program(program), version: 2)
        var damaged = first
        damaged.sealed?[40] ^= 1
        let keys = ModuleKeys(.development)
        let name = try #require(StoredKeyName("cvk"))
        func held() -> KeyVersions { keys.held.versions(name, .cardVerification, of: program, only: []) }
        #expect(await keys.replace(by: [damaged, second], from: vault).count == 1)
        #expect(held() == KeyVersions(keys: [HeldKey(second)], lacksSome: true))
        #expect(await keys.replace(by: [first, second], from: vault) == [])
        #expect(held() == KeyVersions(keys: [HeldKey(second), HeldKey(first)], lacksSome: false))
        #expect(await keys.replace(by: [second], from: vault) == [])
        #expect(held() == KeyVersions(keys: [HeldKey(second)], lacksSome: false))
        #expect(!keys.holds(first))
    }

    @Test func `of PINs are refused in production before the network can send one`() throws {
        var profile = profile
        #expect(DeploymentEnvironment.production.problem([profile]) == nil)
        profile.keys?.working.append(.init(try Self.name("pin"), .pin, .incoming))
        #expect(DeploymentEnvironment.development.problem([profile]) == nil)
        let told = "software may hold no PIN key, and the network blue has one"
        #expect(DeploymentEnvironment.production.problem([profile]) == "AVAL_ENVIRONMENT is production: \(told)")
    }

    @Test func `make codes once the network has them: one that was made here comes after those before`() throws {
        // Which versions were made here, and how many come before the newest: none from before what the network has.
        for (made, count) in [([], 0), ([1, 2], 0), ([3], 1), ([3, 2], 2), ([3, 1], 1)] as [(Set<Int32>, Int)] {
            let found = try [Int32](1...3).reversed().map { version in
                var key = try stored("mac", .macAlgorithm3, version: version)
                key.isMadeHere = made.contains(version)
                if version < 3 { (key.state, key.previousUntil) = (.previous, Fixed.end) }
                return key
            }
            let keys = KeyReading(profile, found, vault: vault).keys
            #expect(keys.incoming.count == 3 && keys.outgoing != nil && keys.outgoingBefore.count == count, "\(made)")
            #expect(keys.outgoingBefore.allSatisfy { $0.until == Fixed.end })
        }
    }

    @Test func `protect others also when they were replaced, for their grace`() throws {
        var previous = try stored("zmk", .keyEncryption)
        (previous.state, previous.previousUntil) = (.previous, Fixed.end)
        let found = [try stored("zmk", .keyEncryption, version: 2), previous]
        let reading = KeyReading(profile, found, vault: vault)
        #expect(reading.keys.protection.map(\.until) == [nil, Fixed.end] && reading.problems.isEmpty)
    }

    private enum Fixed {
        static let end = Instant(microseconds: .max)
    }

    @Test func `must be there where the network cannot send them`() throws {
        var profile = profile
        profile.keys?.change = nil
        let reading = KeyReading(profile, [], vault: vault)
        #expect(reading.problems == ["network blue: key mac has no active version: see `aval keys list`"])
    }
}
