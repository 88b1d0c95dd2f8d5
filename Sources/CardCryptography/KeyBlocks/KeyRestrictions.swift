/// What a key may be used to do, within its usage. Raw values are the modes of use of ANSI X9.143, table 8.
package enum KeyMode: Character, CaseIterable, Sendable {
    case encryptAndDecrypt = "B"
    case computeAndVerify = "C"
    case decrypt = "D"
    case encrypt = "E"
    case compute = "G"
    case unrestricted = "N"
    case sign = "S"
    case signAndDecrypt = "T"
    case verify = "V"
    case derive = "X"
    case makeVariants = "Y"

    /// What an operation does with a key.
    package enum Purpose: CaseIterable, Sendable {
        /// Also wrapping a key.
        case encrypt
        case decrypt
        /// A MAC, a CVV, a PVV.
        case compute
        case verify
        case derive
    }

    package func allows(_ purpose: Purpose) -> Bool {
        switch self {
        case .unrestricted: true
        case .encryptAndDecrypt: purpose == .encrypt || purpose == .decrypt
        case .computeAndVerify: purpose == .compute || purpose == .verify
        case .decrypt: purpose == .decrypt
        case .encrypt: purpose == .encrypt
        case .compute: purpose == .compute
        case .verify: purpose == .verify
        case .derive: purpose == .derive
        // Those of asymmetric keys, and variants, which nothing here makes.
        case .sign, .signAndDecrypt, .makeVariants: false
        }
    }
}

/// Whether a key may leave in a key block. Raw values are those of ANSI X9.143, table 10.
package enum KeyExportability: Character, CaseIterable, Sendable {
    /// Under a key that came in a key block or is as well protected.
    case trusted = "E"
    case nonExportable = "N"
    /// Under any key.
    case sensitive = "S"
}
