import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import PostgresLedger

/// Makes files of orders. Everything that may be missing is looked for before an order is made.
struct BureauPress {
    private let administration: Administration
    private let certificate: EncryptionCertificate
    private let vault: PANVault
    private let keys: ModuleKeys
    private let path: String

    /// - Parameter path: of the file, which must not be there.
    init(_ settings: Settings, _ administration: Administration, _ path: String) async throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw Settings.Problem(description: "\(path) is there already")
        }
        self.administration = administration
        self.path = path
        certificate = try settings.bureauCertificateFile()
        let (url, timeout) = (try settings.text(.databaseURL), try settings.milliseconds(.databaseTimeout))
        let (directory, master) = (try settings.text(.keysDirectory), try settings.masterKey())
        let store = PostgresVaultStore(url: url, timeout: timeout)
        defer { store.close() }
        var keyring = VaultKeyring(try KeyFiles.wrapping(directory: directory, under: master))
        vault = PANVault(try keyring.keys(try await store.keys()))
        keys = try ModuleKeys(settings, tell: warn)
        let environment = try settings.deployment()
        let keyVault = try KeyFiles.keyVault(directory: directory, under: master)
        let stored = PostgresKeyStore(url: url, timeout: timeout, vault: keyVault, mayHold: environment.mayHold)
        defer { stored.close() }
        for problem in await keys.replace(by: try await stored.usableForVerification(), from: keyVault) {
            warn(problem)
        }
    }

    /// - Throws: when the cards of a program could not be given their values: an order of them would have no file.
    func checkKey(of program: ProgramID) throws {
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

    /// - Returns: how many cards are in it.
    func write(_ number: Int64) async throws -> Int {
        guard let order = try administration.order(number),
            let program = try administration.keptProgram(order.program)?.program
        else { throw Settings.Problem(description: "there is no order \(number)") }
        var cards: [BureauFile.Card] = []
        for ordered in try administration.cards(ofOrder: number) {
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
            cards.append(
                BureauFile.Card(id: ordered.card, instance: ordered.instance, pan: pan, values: values, name: name)
            )
        }
        let encrypted = try certificate.encrypt(BureauFile(order, cards).content)
        try PrivateFile.replace(path, by: Data(encrypted))
        return cards.count
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
