import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import PKCS11
import PostgresLedger

extension KeysCommand {
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Take a key over, from a TR-31 key block or from components of several operators.",
            discussion: """
                A key block comes in --block, with --protected-by. Else each of --components operators runs the command \
                with a component of their own in --component; all parts XORed are the key. Files are for their user \
                alone, '-' is standard input; components are hexadecimal digits. Another operator then approves. An id \
                that is there gets a new version.
                """
        )

        @Argument(help: "1 to 64 of a-z, 0-9, '-' and '.'.")
        var name: KeyName

        @OptionGroup
        var terms: KeyTermOptions

        @Option(help: "The whole key's check value, 6 to 10 hexadecimal digits.")
        var checkValue: CheckValue

        @Option(help: "A file with the key block, or '-'.")
        var block: String?

        @Option(help: "The key (K0 or K1) that protects the key block.")
        var protectedBy: KeyName?

        @Option(help: "A file with your component, or '-'.")
        var component: String?

        @Option(help: "How many components there are, 2 to 9.")
        var components: Int?

        @Option(help: "Your component's check value.")
        var componentCheckValue: CheckValue?

        @Option(help: "Of components: tdes or aes.")
        var algorithm: KeyAlgorithm?

        @OptionGroup
        var grace: GraceOption

        func validate() throws {
            if block != nil {
                guard protectedBy != nil, component == nil else {
                    throw ValidationError("--block goes with --protected-by, and without --component")
                }
                return
            }
            guard component != nil, componentCheckValue != nil, algorithm != nil,
                components.map(KeyComponent.counts.contains) == true
            else {
                throw ValidationError(
                    "expected is --block with --protected-by, or --component with --component-check-value, --components "
                        + "(2 to 9) and --algorithm"
                )
            }
        }

        func run() async throws {
            let (settings, _) = try await startUp()
            terms.tellUnknownNetwork(settings)
            try await KeyWork.report {
                let work = try KeyWork(settings)
                // First: a person may take a while to type them, and others go on meanwhile.
                let block = try block.map(SecretFile.read)
                let component = try component.map(SecretFile.hexadecimal)
                let records = try work.administration.keys(name)
                if records.isEmpty { try refuseCardNumber(in: name) }
                if let block, let protectedBy {
                    try await importBlock(block, protectedBy, records, work)
                } else if let bytes = component, let algorithm, let components, let part = componentCheckValue {
                    guard terms.usage.lengths(of: algorithm.cipher).contains(bytes.count) else {
                        throw PaymentCryptographyError.keyLength
                    }
                    try await importPart(
                        KeyComponent(bytes, checkValue: part.bytes),
                        algorithm.cipher,
                        components,
                        records,
                        work
                    )
                }
            }
        }

        private func importBlock(
            _ text: SecretBytes,
            _ protection: KeyName,
            _ records: [KeyVersion],
            _ work: KeyWork
        ) async throws {
            let opened = try KeyBlock(
                unwrapping: text.withExposedBytes { Array($0) },
                withOneOf: try work.opening(protection)
            )
            try KeyCheckValue.check(checkValue.bytes, of: try opened.key())
            let (version, terms) = (KeyWork.next(records), self.terms.terms)
            let grace = try self.grace.duration(of: terms.usage)
            let new: NewKey
            switch try work.custody(of: terms.usage) {
            case .software: new = try NewKey(opened, as: name, version: version, terms, grace: grace, in: work.vault)
            case .token(let token):
                let taken = try await token.take(try opened.key(), opened.header.mode)
                new = try NewKey(taken, as: name, version: version, terms, grace: grace, in: work.vault)
            }
            try work.administration.propose(new, by: work.author)
            work.done("another operator has to approve", name, new.version, new.checkValue)
        }

        /// The first operator's component begins the import, the last one's completes it.
        private func importPart(
            _ part: KeyComponent,
            _ algorithm: CipherAlgorithm,
            _ count: Int,
            _ records: [KeyVersion],
            _ work: KeyWork
        ) async throws {
            let custody = try work.custody(of: terms.usage)
            let grace = try self.grace.duration(of: terms.usage)
            guard let pending = records.first(where: { $0.key.state == .pending }) else {
                let version = KeyWork.next(records)
                let sealed = try work.seal(part, 1, algorithm, terms.usage, name, version)
                let new = NewKey(
                    name: name,
                    version: version,
                    terms: terms.terms,
                    algorithm: algorithm,
                    custody: custody.stored,
                    checkValue: checkValue.bytes,
                    sealed: nil,
                    grace: grace
                )
                try work.administration.propose(new, component: (sealed, count), by: work.author)
                return work.done("component 1 of \(count) of", name, version, checkValue.bytes)
            }
            let key = pending.key
            guard pending.components?.wanted == count, key.terms == terms.terms, key.algorithm == algorithm,
                key.custody == custody.stored, key.checkValue == checkValue.bytes, key.sealed == nil
            else {
                throw Settings.Problem(
                    description: "an import of \(name) with other options is pending: `aval keys show \(name)`"
                )
            }
            let number = try await work.bring(part, to: key, of: count)
            work.done("component \(number) of \(count) of", name, key.version, checkValue.bytes)
            if number == count { announce("another operator than \(pending.proposedBy ?? "-") has to approve") }
        }
    }
}

extension KeyWork {
    /// Those that open what the other side has wrapped: the active version first, and those in their grace.
    fileprivate func opening(_ name: KeyName) throws -> [Key] {
        let now = Instant.wallClock
        let before = try versions(of: name).map(\.key).filter { key in
            key.state == .previous && key.previousUntil.map { $0 > now } ?? true
        }
        return [try active(name).key(for: .decrypt, in: vault)]
            + before.compactMap { try? $0.key(for: .decrypt, in: vault) }
    }

    fileprivate static func next(_ records: [KeyVersion]) -> Int32 { (records.map(\.key.version).max() ?? 0) + 1 }

    /// A component's block says that it is no key (version `c1`…), and is bound to a place where none is stored.
    static func componentPlace(_ name: KeyName, _ version: Int32) -> String { "\(name)/\(version)/component" }

    fileprivate func seal(
        _ part: KeyComponent,
        _ number: Int,
        _ algorithm: CipherAlgorithm,
        _ usage: KeyUsage,
        _ name: KeyName,
        _ version: Int32
    ) throws -> KeyPart {
        let block = try part.block(number, algorithm, usage: usage)
        let sealed = try vault.seal(block, at: Self.componentPlace(name, version))
        return KeyPart(sealed: sealed, checkValue: part.checkValue)
    }

    /// - Returns: which of the components it has become.
    /// - Throws: `keyComponents` when the others have another length; AV001 when they are not there any more.
    fileprivate func bring(_ part: KeyComponent, to key: StoredKey, of count: Int) async throws -> Int {
        var brought = try administration.components(of: key)
        while true {
            let number = brought.count + 1
            let sealed = try seal(part, number, key.algorithm, key.terms.usage, key.name, key.version)
            let parts = try brought.map { try opened($0, of: key) } + [part]
            guard Set(parts.map(\.length)).count == 1 else { throw PaymentCryptographyError.keyComponents }
            let whole = number == count ? try await completed(key, parts) : nil
            do {
                try administration.add(sealed, to: key, after: brought.count, completing: whole, by: author)
                return number
            } catch {
                // Another operator's may have come meanwhile; else the import has ended.
                let now = try administration.components(of: key)
                guard error.sqlState == "AV001", now.count > brought.count else { throw error }
                brought = now
            }
        }
    }

    private func opened(_ part: KeyPart, of key: StoredKey) throws -> KeyComponent {
        let place = Self.componentPlace(key.name, key.version)
        let block = try vault.open(part.sealed, at: place, usage: key.terms.usage)
        return KeyComponent(block.keyBytes, checkValue: part.checkValue)
    }

    private func completed(_ key: StoredKey, _ parts: [KeyComponent]) async throws -> [UInt8] {
        let whole = try Key(
            components: parts,
            checkValue: key.checkValue,
            key.algorithm,
            usage: key.terms.usage
        )
        let mode = KeyMode.usual(for: key.terms.usage)
        switch try custody(of: key.terms.usage) {
        case .software:
            let block = KeyBlock(whole, .aes, mode: mode, exportability: .trusted)
            try key.terms.check(block)
            return try vault.seal(block, at: StoredKey.place(key.name, key.version))
        case .token(let token):
            return try vault.seal(try await token.take(whole, mode).key, at: StoredKey.place(key.name, key.version))
        }
    }
}

/// A secret from a file that only its user may read, or from standard input.
enum SecretFile {
    /// A key block has at most 9,999 characters.
    private static let limit = 10_000

    /// Without the line's end.
    static func read(_ path: String) throws -> SecretBytes {
        var content: Data
        if path == "-" {
            content = try FileHandle.standardInput.read(upToCount: limit + 1) ?? Data()
        } else {
            switch PrivateFile.read(path) {
            case .content(let read): content = read
            case .unreadable: throw Settings.Problem(description: "\(path) cannot be read")
            case .readableByOthers:
                throw Settings.Problem(description: "\(path) may be read by others: `chmod 600 \(path)`")
            }
        }
        defer { content.resetBytes(in: 0..<content.count) }
        guard content.count <= limit else { throw Settings.Problem(description: "\(path) is too long for a key") }
        return SecretBytes(content.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
    }

    static func hexadecimal(_ path: String) throws -> SecretBytes {
        guard let bytes = try read(path).withExposedBytes({ SecretBytes(hexadecimal: $0) }) else {
            throw Settings.Problem(description: "\(path) must hold hexadecimal digits, two a byte")
        }
        return bytes
    }
}
