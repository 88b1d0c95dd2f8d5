/// What the terminal found (tag 95; EMV Book 3, annex C5): 40 bits, byte 1 the most significant.
package struct TerminalVerificationResults: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// - Parameters:
    ///   - byte: 1 to 5.
    ///   - bit: 1 to 8, the least significant first, as the annex counts.
    private init(_ byte: Int, _ bit: Int) { rawValue = 1 << UInt64(8 * (5 - byte) + bit - 1) }

    /// Of the facts that it has, for people.
    package var names: String {
        let all: [(TerminalVerificationResults, String)] = [
            (Self(1, 8), "offline data authentication not performed"),
            (Self(1, 7), "static data authentication failed"), (Self(1, 6), "chip data missing"),
            (Self(1, 5), "card on exception file"), (Self(1, 4), "dynamic data authentication failed"),
            (Self(1, 3), "combined data authentication failed"), (Self(1, 2), "static data authentication selected"),
            (Self(2, 8), "application versions differ"), (Self(2, 7), "application expired"),
            (Self(2, 6), "application not yet effective"), (Self(2, 5), "service not allowed"),
            (Self(2, 4), "new card"),
            (Self(3, 8), "cardholder verification failed"), (Self(3, 7), "unrecognised verification method"),
            (Self(3, 6), "PIN try limit exceeded"), (Self(3, 5), "PIN pad missing"), (Self(3, 4), "PIN not entered"),
            (Self(3, 3), "online PIN entered"), (Self(4, 8), "floor limit exceeded"),
            (Self(4, 7), "lower offline limit exceeded"), (Self(4, 6), "upper offline limit exceeded"),
            (Self(4, 5), "randomly selected"), (Self(4, 4), "forced online"), (Self(5, 8), "default TDOL used"),
            (Self(5, 7), "issuer authentication failed"), (Self(5, 6), "script failed before the final cryptogram"),
            (Self(5, 5), "script failed after the final cryptogram"),
        ]
        return all.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
    }
}

/// What the card found (the CVR in tag 9F10): the facts that an issuer acts upon and that cards of all schemes tell. Its
/// bits are journaled, and never change.
package struct CardVerificationResults: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let offlinePINPerformed = Self(rawValue: 1 << 0)
    package static let offlinePINFailed = Self(rawValue: 1 << 1)
    package static let pinTryLimitExceeded = Self(rawValue: 1 << 2)
    /// Now or in the last online transaction.
    package static let issuerAuthenticationFailed = Self(rawValue: 1 << 3)
    package static let lastOnlineTransactionNotCompleted = Self(rawValue: 1 << 4)
    package static let unableToGoOnline = Self(rawValue: 1 << 5)
    package static let offlineLimitExceeded = Self(rawValue: 1 << 6)
    package static let scriptFailed = Self(rawValue: 1 << 7)

    /// Of the facts that it has, for people.
    package var names: String {
        let all: [(CardVerificationResults, String)] = [
            (.offlinePINPerformed, "offline PIN performed"), (.offlinePINFailed, "offline PIN failed"),
            (.pinTryLimitExceeded, "PIN try limit exceeded"),
            (.issuerAuthenticationFailed, "issuer authentication failed"),
            (.lastOnlineTransactionNotCompleted, "last online transaction not completed"),
            (.unableToGoOnline, "unable to go online"), (.offlineLimitExceeded, "offline limit exceeded"),
            (.scriptFailed, "script failed"),
        ]
        return all.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
    }

    /// How the CVR is laid out.
    enum Layout {
        /// Visa's formats 0, 1 and 3 (VIS), the three bytes after the length.
        case visa
        /// The same three bytes in Visa's format 2, where the device and not the chip verifies the cardholder.
        case visaFormat2
        /// M/Chip, six bytes.
        case mChip

        /// Bits that tell a fact, each alone. Bytes count from 1, bit 8 is the most significant.
        var bits: [(byte: Int, bit: Int, fact: CardVerificationResults)] {
            switch self {
            case .visa: [(1, 3, .offlinePINPerformed), (1, 2, .offlinePINFailed)] + Self.visaFormat2.bits
            case .visaFormat2:
                [
                    (1, 4, .issuerAuthenticationFailed), (1, 1, .unableToGoOnline),
                    (2, 8, .lastOnlineTransactionNotCompleted), (2, 7, .pinTryLimitExceeded),
                    (2, 6, .offlineLimitExceeded), (2, 4, .issuerAuthenticationFailed), (3, 4, .scriptFailed),
                ]
            case .mChip:
                [
                    (1, 3, .offlinePINPerformed), (4, 8, .lastOnlineTransactionNotCompleted),
                    (4, 7, .unableToGoOnline),
                    (4, 5, .offlinePINFailed), (4, 4, .pinTryLimitExceeded), (5, 8, .offlineLimitExceeded),
                    (5, 7, .offlineLimitExceeded), (5, 6, .offlineLimitExceeded),
                    (5, 5, .offlineLimitExceeded),
                    (5, 3, .issuerAuthenticationFailed), (5, 1, .scriptFailed),
                ]
            }
        }
    }

    init(_ bytes: ArraySlice<UInt8>, _ layout: Layout) {
        self = []
        for bit in layout.bits where bytes[bytes.startIndex + bit.byte - 1] >> (bit.bit - 1) & 1 == 1 {
            insert(bit.fact)
        }
    }
}
