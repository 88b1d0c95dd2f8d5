import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// A security module with a program's keys for PINs, and what a device makes of PINs that are typed into it.
package struct TestPINs: Sendable {
    package struct Problem: Error {}

    /// Under `test-pin`, and of format 4 under `test-pin-aes`.
    package static let zoneKeys = ["test-pin", "test-pin-aes"]

    package let hsm: SoftwareHSM
    package let keys: HeldKeys
    package let module: PINModule
    package let policy: VerificationPolicy
    private var zone: [PINBlockFormat: Key]
    private var stored: [StoredKey]

    package init(for program: ProgramID, vault: PANVault, by method: PINVerification.Method = .visaPVV(keyIndex: 1))
        throws
    {
        let verification: (name: String, usage: KeyUsage) =
            switch method {
            case .visaPVV: ("test-pvk", .visaPVV)
            case .ibm3624: ("test-offset", .ibm3624)
            }
        // Fixed, because PVVs have four digits: with every other key some wrong PIN would be taken for a right one.
        let bytes = try Self.some(SecretBytes(hexadecimal: "0123456789ABCDEFFEDCBA9876543210".utf8))
        let made = [
            ("test-pin", try Key(bytes, .tripleDES, usage: .pinEncryption)),
            ("test-pin-aes", try Key(bytes, .aes, usage: .pinEncryption)),
            (verification.name, try Key(bytes, .tripleDES, usage: verification.usage)),
        ]
        var held: [KeyName: Key] = [:]
        var stored: [StoredKey] = []
        for (text, key) in made {
            let name = try Self.some(KeyName(text))
            stored.append(
                StoredKey(
                    name: name,
                    version: 1,
                    terms: KeyTerms(usage: key.usage, direction: .both, owner: .program(program)),
                    state: .active,
                    algorithm: key.algorithm,
                    checkValue: try KeyCheckValue.of(key),
                    sealed: nil
                )
            )
            held[name.ofVersion(1)] = key
        }
        self.stored = stored
        hsm = SoftwareHSM(held)
        keys = HeldKeys()
        keys.replace(by: stored)
        if method == .ibm3624 {
            let table = try Self.some(IBM3624.DecimalisationTable(ascii: "0123456789012345".utf8))
            try hsm.setTable(table, of: try Self.some(KeyName(verification.name)).ofVersion(1))
        }
        module = PINModule(module: hsm, keys: keys, vault: vault)
        var policy = VerificationPolicy()
        policy.keys.pin = PINVerification(method, key: try Self.some(StoredKeyName(verification.name)))
        self.policy = policy
        zone = Dictionary(
            uniqueKeysWithValues: PINBlockFormat.allCases.map { ($0, $0.algorithm == .aes ? made[1].1 : made[0].1) }
        )
    }

    /// Whoever has loaded the second version of `test-pin`, which is active from now on; the first one is in its grace.
    ///
    /// - Parameter isOver: the grace.
    package func rotated(isOver: Bool = false) throws -> TestPINs {
        let bytes = try Self.some(SecretBytes(hexadecimal: "89ABCDEF0123456776543210FEDCBA98".utf8))
        let key = try Key(bytes, .tripleDES, usage: .pinEncryption)
        var rotated = self
        for format in zone.keys where format.algorithm == .tripleDES { rotated.zone[format] = key }
        let index = try Self.some(stored.firstIndex { $0.name.description == Self.zoneKeys[0] })
        var second = stored[index]
        rotated.stored[index].state = .previous
        (second.version, second.checkValue) = (2, try KeyCheckValue.of(key))
        rotated.stored.append(second)
        let block = KeyBlock(key, .aes, mode: .encryptAndDecrypt, exportability: .nonExportable)
        try hsm.hold(block, as: second.moduleName)
        if isOver { rotated.stored.remove(at: index) }
        keys.replace(by: rotated.stored)
        return rotated
    }

    package static func some<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw Problem() }
        return value
    }

    /// As a device sends it.
    package func presented(
        _ digits: String,
        for pan: PAN,
        _ format: PINBlockFormat = .format0
    ) throws -> PresentedPIN {
        let pin = try Self.some(PIN(ascii: digits.utf8))
        let block = try PINBlock(pin, format, pan: pan, key: try Self.some(zone[format]))
        return PresentedPIN(
            block: block.withExposedBytes { SecretBytes($0) },
            format: format,
            key: KeyName(Self.zoneKeys[format.algorithm == .aes ? 1 : 0])
        )
    }

    /// Check value of the key under which blocks of a format come.
    package func checkValue(_ format: PINBlockFormat = .format0) throws -> [UInt8] {
        Array(try KeyCheckValue.of(try Self.some(zone[format])).prefix(3))
    }
}
