/// What an issuer's answer tells a chip, before it is sealed.
package enum ChipDecision: CaseIterable, Sendable {
    case approved
    case declined
    /// Declined, and the application is to be used no more.
    case blocked
}

/// What an answer to a chip is sealed for.
package enum ChipSeal: Hashable, Sendable {
    case decision(ChipDecision)
    /// Authorisation response code (tag 8A), two characters.
    case responseCode(UInt16)

    /// Nil for anything but two characters of ASCII.
    package init?(responseCode text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 2, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        self = .responseCode(UInt16(bytes[0]) << 8 | UInt16(bytes[1]))
    }
}

extension CryptogramVersion {
    /// Whether the card compares what was sealed with the response code that its terminal hands to it, and which the
    /// terminal has from DE 39. Other cards are told the decision in tag 91 itself.
    package var sealsResponseCode: Bool {
        switch self {
        case .visa10, .visa17: true
        case .visa18, .visa22, .mastercard16, .mastercard17, .mastercard20, .mastercard21: false
        }
    }
}

extension ChipResponse {
    package init(_ seal: ChipSeal, for version: CryptogramVersion) {
        switch seal {
        case .decision(let decision): self.init(decision, for: version)
        case .responseCode(let code): self = .responseCode(code)
        }
    }

    /// The decision in the form that cards of the version take.
    package init(_ decision: ChipDecision, for version: CryptogramVersion) {
        switch version {
        case .visa10, .visa17: self = .responseCode(decision.responseCode)
        case .mastercard16, .mastercard17, .mastercard20, .mastercard21:
            self = .responseCode(decision.mChipResponseCode)
        case .visa18, .visa22: self = .cardStatusUpdate(decision.cardStatusUpdate, proprietary: [])
        }
    }
}

extension ChipDecision {
    /// Authorisation response code (tag 8A) where DE 39 has three digits, from which terminals make none that is known
    /// here: 00, or 05 whatever the reason. EMV Book 4, annex A.
    fileprivate var responseCode: UInt16 {
        switch self {
        case .approved: 0x3030
        case .declined, .blocked: 0x3035
        }
    }

    /// ARPC response code of M/Chip: byte 2, bit 5 approves.
    fileprivate var mChipResponseCode: UInt16 {
        switch self {
        case .approved: 0x0010
        case .declined, .blocked: 0x0000
        }
    }

    /// Card status update (EMV Book 3, annex C8.1): byte 2, bit 8 approves, bit 6 blocks the application.
    fileprivate var cardStatusUpdate: UInt32 {
        switch self {
        case .approved: 0x0080_0000
        case .declined: 0
        case .blocked: 0x0020_0000
        }
    }
}
