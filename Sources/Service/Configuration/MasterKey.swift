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
        let path = try text(.hsmPINFile)
        let pin: SecretBytes
        switch PrivateFile.read(path) {
        case .content(var content):
            pin = SecretBytes(content.prefix { $0 != UInt8(ascii: "\n") })
            content.resetBytes(in: 0..<content.count)
        case .unreadable: throw Problem(description: "\(Setting.hsmPINFile.variable): \(path) cannot be read")
        case .readableByOthers:
            throw Problem(
                description: "\(Setting.hsmPINFile.variable): \(path) may be read by others: `chmod 600 \(path)`"
            )
        }
        do {
            let token = try PKCS11Token(
                module: try text(.hsmModule),
                label: try text(.hsmToken),
                pin: pin
            )
            return try PKCS11KeyWrapping(token, key: try text(.hsmKey), isMade: isMade)
        } catch let error as PKCS11Error {
            throw Problem(description: "\(Setting.hsmModule.variable): \(error)")
        }
    }
}
