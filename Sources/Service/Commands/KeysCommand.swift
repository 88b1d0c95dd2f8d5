import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import PKCS11
import PostgresLedger

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Keys of payment cryptography: working keys of networks, and those that protect them.",
        discussion: """
            Keys are stored wrapped with key-wrapping.key of AVAL_KEYS_DIRECTORY and are never shown. With \
            AVAL_HSM_MODULE new keys of cards (C0, E0 to E4) are made in its token and never leave it. All but list and \
            show need the key of an operator in AVAL_OPERATOR_KEY. An import and a destruction take effect when another \
            operator approves them. A service that runs knows of changes within five seconds.
            """,
        subcommands: [
            Create.self, Import.self, Approve.self, List.self, Show.self, Rotate.self, Retire.self, Destroy.self,
        ]
    )
}

/// What the commands work with.
struct KeyWork {
    let administration: Administration
    let vault: KeyVault
    let author: Operator
    private let environment: DeploymentEnvironment
    private let token: PKCS11HSM?

    init(_ settings: Settings) throws {
        environment = try settings.deployment()
        token = try settings.cardModule(tell: warn)
        administration = try settings.administration()
        author = try settings.settlingOperator(administration)
        let directory = try settings.text(.keysDirectory)
        vault = try KeyFiles.keyVault(directory: directory, under: try settings.masterKey())
    }

    /// Who keeps a new key.
    enum Custody {
        case software
        case token(PKCS11HSM)

        var stored: KeyCustody {
            switch self {
            case .software: .software
            case .token: .token
            }
        }
    }

    /// - Throws: `Settings.Problem` for a usage of which nobody may hold a key here.
    func custody(of usage: KeyUsage) throws -> Custody {
        if let token, usage.isOfCards { return .token(token) }
        try environment.requireSoftwareKeys(usage)
        return .software
    }

    /// Opens what was stored before anything depends on it.
    func check(_ key: StoredKey) async throws {
        switch key.custody {
        case .software: try key.terms.check(try key.opened(with: vault))
        case .token:
            guard let token else {
                throw Settings.Problem(description: "the key is in a token: set \(Setting.hsmModule.variable)")
            }
            let checkValue = try await token.checkValue(of: try key.cardKey(in: vault))
            guard checkValue.starts(with: key.checkValue) else { throw PaymentCryptographyError.checkValueMismatch }
        }
    }

    /// All versions, the newest first.
    func versions(of name: KeyName) throws -> [KeyVersion] {
        let records = try administration.keys(name)
        guard !records.isEmpty else { throw Settings.Problem(description: "there is no key \(name)") }
        return records
    }

    /// The one that operators are told of when they name none.
    func active(_ name: KeyName) throws -> StoredKey {
        guard let found = try versions(of: name).first(where: { $0.key.state == .active })?.key else {
            throw Settings.Problem(description: "\(name) has no active version: `aval keys show \(name)`")
        }
        return found
    }

    /// - Parameter number: nil for the only one of which `isMeant` is true.
    func version(
        _ number: Int32?,
        of name: KeyName,
        or isMeant: (KeyVersion) -> Bool,
        _ meaning: String
    ) throws -> KeyVersion {
        let records = try versions(of: name)
        let found = records.filter { record in number.map { $0 == record.key.version } ?? isMeant(record) }
        guard let only = found.first, found.count == 1 else {
            let problem = number.map { "\(name) has no version \($0)" } ?? "\(meaning): name a --version"
            throw Settings.Problem(description: "\(problem); see `aval keys show \(name)`")
        }
        return only
    }

    /// The key in a key block for the other side.
    func wrapped(_ block: KeyBlock, by name: KeyName) throws -> String {
        let protection = try active(name).key(for: .encrypt, in: vault)
        let version: KeyBlockHeader.Version = protection.algorithm == .aes ? .aes : .tripleDES
        var header = block.header
        header.version = version
        header.optionalBlocks = []
        return String(decoding: try KeyBlock(header, block.keyBytes).wrapped(with: protection), as: UTF8.self)
    }

    func done(_ what: String, _ name: KeyName, _ version: Int32, _ checkValue: [UInt8]) {
        announce("\(what) \(name) version \(version), check value \(checkValue.hexadecimal)")
    }

    /// What the tables and the cryptography refuse, in words.
    static func report(_ work: () async throws -> Void) async throws {
        let refusals = [
            "AV001":
                "the key has another state, usage, direction or owner, or its import has ended (see `aval keys show`), or "
                + "it was proposed before you were an operator: have an end proposed again, or an import destroyed",
            "23514": "who has proposed it cannot approve it: another operator must",
            "23505":
                "an import is pending, or you have brought a component, or somebody else changed the key meanwhile",
            "23503": "there is no such program",
        ]
        try await reportingFailure(refusals: refusals) {
            do {
                try await work()
            } catch let error as PaymentCryptographyError {
                throw Settings.Problem(description: error.advice)
            }
        }
    }
}

extension PaymentCryptographyError {
    /// What to do about it.
    fileprivate var advice: String {
        switch self {
        case .keyLength:
            "\(rawValue): no key of this usage has this algorithm and length. C0, E0 to E4, M3 and V2 have tdes of 16 "
                + "bytes, M1 and V1 tdes of 16 or 24; the others have these too, or aes of 16, 24 or 32"
        case .notExportable: "\(rawValue): what is in the token stays there"
        case .unavailable: "\(rawValue): the token does not answer, or there is no session with it"
        case .refused: "\(rawValue): the token does not do it with this key"
        case .checkValueMismatch: "\(rawValue): the check value is not the key's or component's; nothing was stored"
        case .macMismatch:
            "\(rawValue): the key block was made with another key or was altered, or what is stored is not what was"
        case .keyUsage: "\(rawValue): the key block is for another usage, or is protected by a key that wraps no keys"
        case .keyMode:
            "\(rawValue): the key block's mode of use does not allow what keys of this usage and direction do: C0, V1 and "
                + "V2 compute and verify (incoming: verify), E0 to E4 derive, K0 and K1 decrypt (outgoing: encrypt)"
        case .keyComponents:
            "\(rawValue): the components differ in length. If the first was wrong, destroy the version and begin anew"
        case .weakProtection: "\(rawValue): the key is longer than the one that would protect it"
        case .keyBlockHeader, .lengthMismatch, .keyBlockContent: "\(rawValue): this is no key block (TR-31)"
        case .weakKey: "\(rawValue): the key's halves are equal or it is all zeros"
        case .invalidInput, .keyParity, .unknownKey, .keyNameTaken, .unsupported,
            .pinLengthOutOfRange, .pinDigitNotDecimal, .blockNot8Bytes, .blockNot16Bytes, .wrongControlNibble, .badFill,
            .invalidPINBlock, .translationNotAllowed, .chipDataMissing, .chipDataLength, .issuerApplicationData,
            .unknownCryptogramVersion, .arpcMethod, .library,
            .pinBlockNotOpened, .decimalisationTable:
            rawValue
        }
    }
}

extension KeyName: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension KeyUsage: ExpressibleByArgument {}

extension KeyDirection: ExpressibleByArgument {
    package init?(argument: String) { self.init(name: argument) }
    package static var allValueStrings: [String] { allCases.map(\.name) }
}

/// Of arguments; TR-31 says T and A.
enum KeyAlgorithm: String, CaseIterable, ExpressibleByArgument {
    case tdes
    case aes

    var cipher: CipherAlgorithm {
        switch self {
        case .tdes: .tripleDES
        case .aes: .aes
        }
    }
}

/// A key check value, three to five bytes in hexadecimal digits.
struct CheckValue: ExpressibleByArgument {
    let bytes: [UInt8]

    init?(argument: String) {
        guard (6...10).contains(argument.utf8.count), let bytes = SecretBytes(hexadecimal: Array(argument.utf8)) else {
            return nil
        }
        self.bytes = bytes.withExposedBytes { Array($0) }
    }
}
