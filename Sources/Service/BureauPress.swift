import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import PostgresLedger

/// Makes files of orders. Everything that may be missing is looked for before an order is made.
struct BureauPress {
    /// An order's file before it is written.
    struct Made {
        fileprivate var encrypted: Data
        fileprivate var cards: Int
        fileprivate var leftOut: Int
        fileprivate var details: String

        /// For the record.
        var recorded: String { leftOut == 0 ? details : "\(details), \(leftOut) left out" }
    }

    private let settings: Settings
    private let administration: Administration
    private let certificate: EncryptionCertificate
    private let vault: PANVault
    private let keyVault: KeyVault
    private let keys: ModuleKeys
    private let path: String
    /// What is wrong with keys is told once.
    private var told: Set<String> = []

    /// - Parameter path: of the file, which must not be there.
    init(_ settings: Settings, _ administration: Administration, _ path: String) async throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw Settings.Problem(description: "\(path) is there already")
        }
        self.settings = settings
        self.administration = administration
        self.path = path
        certificate = try settings.bureauCertificateFile()
        let (directory, master) = (try settings.text(.keysDirectory), try settings.masterKey())
        let store = PostgresVaultStore(
            url: try settings.text(.databaseURL),
            timeout: try settings.milliseconds(.databaseTimeout)
        )
        defer { store.close() }
        var keyring = VaultKeyring(try KeyFiles.wrapping(directory: directory, under: master))
        vault = PANVault(try keyring.keys(try await store.keys()))
        keyVault = try KeyFiles.keyVault(directory: directory, under: master)
        keys = try ModuleKeys(settings, tell: warn)
    }

    private mutating func readKeys() async throws {
        let environment = try settings.deployment()
        let store = PostgresKeyStore(
            url: try settings.text(.databaseURL),
            timeout: try settings.milliseconds(.databaseTimeout),
            vault: keyVault,
            mayHold: environment.mayHold
        )
        defer { store.close() }
        for problem in await keys.replace(by: try await store.usableForVerification(), from: keyVault)
        where told.insert(problem).inserted {
            warn(problem)
        }
    }

    /// - Throws: when the cards of a program could not be given their values: an order of them would have no file.
    mutating func checkKey(of program: ProgramID) async throws {
        try await readKeys()
        let verification = try administration.keptProgram(program)?.program.verification
        guard let name = verification?.keys.cardVerification else { return }
        guard let active = keys.held.active(name, .cardVerification, of: program), keys.holds(active) else {
            throw Settings.Problem(description: "key \(name.text) of \(program) is not there: its cards need it")
        }
        let held = keys.held.versions(active.name, .cardVerification, of: .program(program))?.keys.map(\.version) ?? []
        for (version, cards) in try administration.keyVersionsOfCards(toOrderOf: program)
        where version.name == name && !held.contains(version.version) {
            throw Settings.Problem(
                description: "key \(name.text) version \(version.version) is not there, and what \(cards) cards that "
                    + "wait to be ordered get is made with it: replace or close each of them"
            )
        }
    }

    /// For the record: to whom the file is encrypted.
    var details: String { "encrypted to certificate SHA-256 \(certificate.fingerprint.hexadecimal)" }

    /// Cards that nobody can make any more are left out, and told: they keep no other card from being made.
    mutating func file(ofOrder number: Int64) async throws -> Made {
        guard let order = try administration.order(number),
            let program = try administration.keptProgram(order.program)?.program
        else { throw Settings.Problem(description: "there is no order \(number)") }
        let ordered = try administration.cards(ofOrder: number)
        // After the cards: what they were made with, and is not there now, is not in use any more.
        try await readKeys()
        var cards: [BureauFile.Card] = []
        for card in ordered {
            if card.status.isEnd {
                warn("\(card.card) is left out: it is lost, stolen or closed")
                continue
            }
            do {
                cards.append(try await content(of: card, program))
            } catch let gone as KeyVersionGone {
                warn("\(card.card) is left out: \(gone)")
            }
        }
        guard !cards.isEmpty else {
            throw Settings.Problem(description: "no card of order \(number) can be made any more")
        }
        let encrypted = try certificate.encrypt(BureauFile(order, cards).content)
        return Made(
            encrypted: Data(encrypted),
            cards: cards.count,
            leftOut: ordered.count - cards.count,
            details: details
        )
    }

    private func content(of ordered: OrderedCard, _ program: Program) async throws -> BureauFile.Card {
        let secret = ordered.secret
        let pan = try vault.open(secret.ciphertext, keyID: secret.keyID, associatedData: ordered.card.bytes)
        let values = try await EmbossedValues.of(
            ordered.instance,
            pan,
            program,
            modules: keys.modules,
            keys: keys.held
        )
        let name = try ordered.holder.map { try $0.name.open(of: $0.id, vault) }
        return BureauFile.Card(id: ordered.card, instance: ordered.instance, pan: pan, values: values, name: name)
    }

    /// - Returns: what it wrote, in words.
    func write(_ file: Made) throws -> String {
        try PrivateFile.replace(path, by: file.encrypted)
        return "wrote \(file.cards) cards to \(path)" + (file.leftOut == 0 ? "" : ", \(file.leftOut) left out")
    }
}

extension Settings {
    fileprivate func bureauCertificateFile() throws -> EncryptionCertificate {
        let variable = Setting.bureauCertificate.variable
        let path = try text(.bureauCertificate)
        guard let content = FileManager.default.contents(atPath: path) else {
            throw Problem(description: "\(variable): \(path) cannot be read")
        }
        do {
            return try EncryptionCertificate(pem: Array(content))
        } catch {
            throw Problem(description: "\(variable): \(path): \(error.rawValue)")
        }
    }
}
