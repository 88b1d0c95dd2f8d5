/// What kind of cryptogram a chip has made (bits 8 and 7 of tag 9F27; EMV Book 3, 6.5.5.4).
package enum CryptogramKind: UInt8, ClosedList {
    /// AAC: the card declines.
    case applicationAuthentication = 1
    /// TC: the card has approved, offline or with its issuer's answer.
    case transactionCertificate = 2
    /// ARQC: the card asks its issuer.
    case authorizationRequest = 3

    /// Nil for what is reserved.
    package init?(information: UInt8) {
        switch information >> 6 {
        case 0: self = .applicationAuthentication
        case 1: self = .transactionCertificate
        case 2: self = .authorizationRequest
        default: return nil
        }
    }
}

/// Why a chip's cryptogram could not be verified.
package enum ChipProblem: UInt8, ClosedList {
    /// Element 55 is no BER-TLV, or is cut.
    case malformed = 1
    /// Something that the cryptogram is made of is missing or of another length.
    case incomplete = 2
    /// Tag 9F10 is not laid out as the card's scheme does, or has a version that is not known.
    case unknownVersion = 3
    /// A request with a cryptogram that asks for nothing.
    case notARequest = 4
    /// No key, or nobody who would compute with it in time.
    case noAnswer = 5
    /// It is made with the key of a token, which only the network has.
    case ofToken = 6
    /// The card has no active instance with the PAN sequence number that the message tells.
    case unknownInstance = 7

    /// Whether the message is to blame, and not the issuer.
    package var isOfMessage: Bool {
        switch self {
        case .malformed, .incomplete, .unknownVersion, .notARequest, .unknownInstance: true
        case .noAnswer, .ofToken: false
        }
    }
}

/// What both element 55 and the message around it tell. They may differ lawfully: with preliminary amounts, tips,
/// conversion at the terminal and acquirers of another country.
package enum ChipElement: UInt8, ClosedList {
    /// 9F02 and element 4.
    case amount = 1
    /// 5F2A and element 49.
    case currency = 2
    /// 9A and element 13, month and day.
    case date = 3
    /// 9C and the first two digits of element 3.
    case type = 4
    /// 9F1A and the country in element 43.
    case country = 5
    /// 5A, or the number in 57, and element 2, or the number in element 35.
    case accountNumber = 6
    /// 57 and element 35, whole.
    case track2 = 7
}

/// What it means to a network that a chip and its message tell differently.
package enum ChipDifferenceRule: UInt8, ClosedList {
    case ignored = 1
    case recorded = 2
    case declined = 3
}
