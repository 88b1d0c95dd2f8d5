import CardCryptography
import Foundation
import PKCS11

extension Settings {
    /// What the key files are wrapped under: a key of a PKCS#11 module, `AVAL_MASTER_KEY`, or master.key beside them.
    /// Nil when there is none: then they are in clear.
    func masterKey() throws -> (any KeyWrapping)? {
        if let problem = try environmentProblem() { throw Problem(description: problem) }
        if raw(.hsmModule).value != nil { return try moduleKey() }
        if let digits = raw(.masterKey).value {
            guard let key = SecretBytes(hexadecimal: Array(digits.utf8)).flatMap({ SoftwareKeyWrapping($0) }) else {
                throw Problem(description: "\(Setting.masterKey.variable) must be 64 hexadecimal digits")
            }
            return key
        }
        let directory = try text(.keysDirectory)
        guard FileManager.default.fileExists(atPath: "\(directory)/master.key") else { return nil }
        return try KeyFiles.read("master", in: directory, under: nil) { SoftwareKeyWrapping($0) }
    }

    /// - Parameter isMade: makes the key where the token has none.
    func moduleKey(isMade: Bool = false) throws -> PKCS11KeyWrapping {
        let token = try TokenSettings(self)
        do {
            return try PKCS11KeyWrapping(token.open(), key: token.key, isMade: isMade)
        } catch let error as PKCS11Error {
            throw Problem(description: "\(Setting.hsmModule.variable): \(error)")
        }
    }

    /// Keeps keys of cards in the token; nil where there is none.
    ///
    /// - Parameters:
    ///   - tell: is told why there is no session with the token.
    ///   - isBack: is called when there is one again.
    func cardModule(
        tell: @escaping @Sendable (String) -> Void,
        isBack: @escaping @Sendable () -> Void = {}
    ) throws -> PKCS11HSM? {
        guard raw(.hsmModule).value != nil else { return nil }
        let (token, problems) = (try TokenSettings(self), ToldOnce(tell, isWell: isBack))
        return PKCS11HSM {
            let session = try PKCS11Session(token.open(), key: token.key)
            problems.clear()
            return session
        } failed: {
            problems.tell("\($0)")
        }
    }
}

/// Where the token is. Its PIN is read whenever a session is made.
private struct TokenSettings: Sendable {
    let key: String
    private let module: String
    private let label: String
    private let pinFile: String
    // All that open the token have the same tries.
    private static let wrongPIN = WrongPIN()

    init(_ settings: Settings) throws {
        key = try settings.text(.hsmKey)
        module = try settings.text(.hsmModule)
        label = try settings.text(.hsmToken)
        pinFile = try settings.text(.hsmPINFile)
    }

    func open() throws -> sending PKCS11Token {
        try Self.wrongPIN.open(with: try pin()) { try PKCS11Token(module: module, label: label, pin: $0) }
    }

    private func pin() throws -> SecretBytes {
        let variable = Setting.hsmPINFile.variable
        switch PrivateFile.read(pinFile) {
        case .content(var content):
            defer { content.resetBytes(in: 0..<content.count) }
            return SecretBytes(content.prefix { $0 != UInt8(ascii: "\n") })
        case .unreadable: throw Settings.Problem(description: "\(variable): \(pinFile) cannot be read")
        case .readableByOthers:
            throw Settings.Problem(
                description: "\(variable): \(pinFile) may be read by others: `chmod 600 \(pinFile)`"
            )
        }
    }
}
