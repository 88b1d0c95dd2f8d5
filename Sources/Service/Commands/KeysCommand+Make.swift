import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import CardNetwork
import Foundation
import PKCS11
import PostgresLedger

/// Whose key it is and what for; the same for all its versions.
struct KeyTermOptions: ParsableArguments {
    @Option(
        help: """
            Key usage of TR-31: M1, M3 and M6 make MACs (CBC, retail, CMAC), P0 is for PIN blocks, K0 and K1 protect \
            keys, C0 is for CVVs, E0 to E4 for chip cards, V1 and V2 for PIN verification.
            """
    )
    var usage: KeyUsage

    // No default of the option: the help would tell its raw value.
    @Option(
        help: """
            Of a working key; both when it is left out. Of C0, V1 and V2 incoming is for a key that only verifies, of K0 \
            and K1 outgoing for one that only wraps.
            """
    )
    var direction: KeyDirection?

    @Option(help: "The network that it is agreed with.")
    var network: String?

    @Option(help: "The program that it is for.")
    var program: ProgramID?

    func validate() throws {
        guard network == nil || program == nil else { throw ValidationError("name --network or --program, not both") }
        guard (network ?? "x").utf8.count <= 16 else { throw ValidationError("--network has at most 16 characters") }
    }

    /// Says it where the configuration has no network of the name: keys may be made before their network is.
    func tellUnknownNetwork(_ settings: Settings) {
        guard let network, let networks = try? settings.networks().map(\.profile.name), !networks.contains(network)
        else {
            return
        }
        let known = networks.joined(separator: ", ")
        FileHandle.standardError.write(
            Data("aval: warning: no network of the configuration is called \(network); there is \(known)\n".utf8)
        )
    }

    var terms: KeyTerms {
        let owner = network.map(KeyOwner.network) ?? program.map(KeyOwner.program) ?? .installation
        return KeyTerms(usage: usage, direction: direction ?? .both, owner: owner)
    }
}

struct GraceOption: ParsableArguments {
    @Option(
        help: """
            Minutes for which the version before is still taken, at most 10080; 60 when it is left out. Not for C0, E0 \
            to E4, V1 and V2: cards live with their versions, which are taken until they are retired.
            """
    )
    var grace: Int?

    func validate() throws {
        guard (0...10_080).contains(grace ?? 0) else { throw ValidationError("--grace is 0 to 10080 minutes") }
    }

    /// - Throws: `Settings.Problem` where the version before has no end.
    func duration(of usage: KeyUsage) throws -> Duration {
        guard usage.outlivesRotation else { return .seconds(60 * (grace ?? 60)) }
        guard grace == nil else {
            throw Settings.Problem(
                description: "--grace is not for keys of usage \(usage.rawValue): what cards have was made with their "
                    + "versions, and each is taken until it is retired"
            )
        }
        return .zero
    }
}

extension KeysCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Make a random key, active at once.",
            discussion: """
                With --wrapped-by it is shown as a TR-31 key block for the other side. The block comes first: without the \
                line after it, which says that the key is made, it is of no use.
                """
        )

        @Argument(help: "1 to 64 of a-z, 0-9, '-' and '.'; it names the key for ever.")
        var name: KeyName

        @OptionGroup
        var terms: KeyTermOptions

        @Option(help: "tdes or aes.")
        var algorithm: KeyAlgorithm

        @Option(help: "Bytes: 16 or 24 of tdes, 16, 24 or 32 of aes.")
        var length = 16

        @Option(help: "The key (K0 or K1) under which the other side takes it.")
        var wrappedBy: KeyName?

        func run() async throws {
            let (settings, _) = try await startUp()
            terms.tellUnknownNetwork(settings)
            try await KeyWork.report {
                let work = try KeyWork(settings)
                guard try work.administration.keys(name).isEmpty else {
                    throw Settings.Problem(
                        description: "\(name) is there: `aval keys rotate \(name)` makes a new version"
                    )
                }
                try refuseCardNumber(in: name)
                try await work.make(
                    name,
                    terms.terms,
                    algorithm.cipher,
                    length,
                    version: 1,
                    grace: .zero,
                    .createKey,
                    wrappedBy
                )
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "Replace the active version by a random one; the old one is taken for a grace time.",
            discussion: """
                To replace it by a key of the other side, import one. A network is sent codes under the version before \
                until a message of its own has one of the new version's, or the grace is over. Of C0, E0 to E4, V1 \
                and V2 old versions stay until they are retired, for the cards and PINs that were made with them.
                """
        )

        @Argument(help: "The key's id.")
        var name: KeyName

        @OptionGroup
        var grace: GraceOption

        @Option(help: "The key (K0 or K1) under which the other side takes it, as a TR-31 key block.")
        var wrappedBy: KeyName?

        func run() async throws {
            let (settings, _) = try await startUp()
            try await KeyWork.report {
                let work = try KeyWork(settings)
                let old = try work.active(name)
                let grace = try self.grace.duration(of: old.terms.usage)
                let length =
                    switch old.custody {
                    case .software: try old.opened(with: work.vault).keyBytes.count
                    case .token: WrappedCardKey.length
                    }
                let version = (try work.versions(of: name).map(\.key.version).max() ?? 0) + 1
                try await work.make(
                    name,
                    old.terms,
                    old.algorithm,
                    length,
                    version: version,
                    grace: grace,
                    .rotateKey,
                    wrappedBy
                )
            }
        }
    }
}

extension KeyWork {
    fileprivate func make(
        _ name: KeyName,
        _ terms: KeyTerms,
        _ algorithm: CipherAlgorithm,
        _ length: Int,
        version: Int32,
        grace: Duration,
        _ action: OperatorAction,
        _ protection: KeyName?
    ) async throws {
        let new: NewKey
        let text: String?
        switch try custody(of: terms.usage) {
        case .software:
            guard length >= 16 else { throw PaymentCryptographyError.keyLength }
            let key = try Key(random: algorithm, length: length, usage: terms.usage)
            let block = KeyBlock(key, .aes, mode: .usual(for: terms.usage), exportability: .trusted)
            new = try NewKey(block, as: name, version: version, terms, grace: grace, in: vault)
            // A key that its other side cannot take is of no use.
            text = try protection.map { try wrapped(block, by: $0) }
        case .token(let token):
            guard algorithm == .tripleDES, length == WrappedCardKey.length else {
                throw PaymentCryptographyError.keyLength
            }
            guard protection == nil else { throw PaymentCryptographyError.notExportable }
            let made = try await token.generate(terms.usage)
            new = try NewKey(made, as: name, version: version, terms, grace: grace, in: vault)
            text = nil
        }
        // Before it is in force: were this process to end in between, nobody else would have the key.
        if let text { announce(text) }
        try administration.activate(new, action, by: author)
        done(action == .createKey ? "made" : "rotated", name, version, new.checkValue)
    }
}
