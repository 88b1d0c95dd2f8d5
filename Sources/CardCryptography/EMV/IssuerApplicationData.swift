/// Whose specification a card follows. Cryptogram version numbers of different schemes overlap.
package enum ChipScheme: Sendable {
    case visa
    case mastercard
}

/// How a card makes its cryptograms and wants to be answered.
package enum CryptogramVersion: CaseIterable, Sendable {
    case visa10
    /// Contactless without issuer authentication: amount, unpredictable number, ATC and one byte of the CVR alone
    /// (Visa Contactless Payment Specification, cryptogram version 17).
    case visa17
    case visa18
    case visa22
    case mastercard16
    case mastercard17
    case mastercard20
    case mastercard21

    package var sessionKey: SessionKeyMethod {
        switch self {
        case .visa10, .visa17: .none
        case .visa18, .visa22, .mastercard20, .mastercard21: .common
        case .mastercard16, .mastercard17: .mastercard
        }
    }

    package var padding: MACPadding {
        switch self {
        case .visa10, .visa17: .method1
        case .visa18, .visa22, .mastercard16, .mastercard17, .mastercard20, .mastercard21: .method2
        }
    }

    /// Visa's upper digit tells it together with the layout of the issuer application data.
    package var scriptKey: ScriptKeyMethod {
        switch self {
        case .visa10, .visa17, .visa18: .visa
        case .visa22, .mastercard16, .mastercard17, .mastercard20, .mastercard21: .common
        }
    }

    package var scheme: ChipScheme {
        switch self {
        case .visa10, .visa17, .visa18, .visa22: .visa
        case .mastercard16, .mastercard17, .mastercard20, .mastercard21: .mastercard
        }
    }

    /// The byte in the issuer application data. Visa writes 10, 17 and 18 as numbers, and 22 as hexadecimal digits.
    init?(_ scheme: ChipScheme, _ byte: UInt8) {
        switch (scheme, byte) {
        case (.visa, 0x0A): self = .visa10
        case (.visa, 0x11): self = .visa17
        case (.visa, 0x12): self = .visa18
        case (.visa, 0x22): self = .visa22
        case (.mastercard, 0x10): self = .mastercard16
        case (.mastercard, 0x11): self = .mastercard17
        case (.mastercard, 0x14): self = .mastercard20
        case (.mastercard, 0x15): self = .mastercard21
        case (.visa, _), (.mastercard, _): return nil
        }
    }
}

/// 9F10, which each scheme lays out in its own way.
package struct IssuerApplicationData: Sendable {
    package let bytes: [UInt8]
    package let version: CryptogramVersion
    /// Whether the chip asked for authorization with its first cryptogram (ARQC). All layouts of the CVR tell it in bits 6
    /// and 5 of their first byte: 10, where 00 declines and 01 approves.
    package let isRequest: Bool
    package let cardVerificationResults: CardVerificationResults
    /// Where the CVR stands as cryptograms take it: Visa's with its length byte in the formats that have one.
    let cvrRange: Range<Int>

    /// - Throws: `issuerApplicationData` when it is no layout of the scheme, `unknownCryptogramVersion`.
    package init(_ bytes: [UInt8], _ scheme: ChipScheme) throws(PaymentCryptographyError) {
        let layout = try Layout(bytes, scheme)
        guard let version = CryptogramVersion(scheme, bytes[layout.version]) else {
            throw .unknownCryptogramVersion
        }
        self.bytes = bytes
        self.version = version
        cvrRange = layout.cvr
        isRequest = bytes[layout.results] >> 4 & 0b11 == 0b10
        cardVerificationResults = CardVerificationResults(bytes[layout.results...], layout.resultBits)
    }

    /// The counters that some of Mastercard's cryptograms take: bytes 11 to 18.
    var counters: ArraySlice<UInt8> {
        get throws(PaymentCryptographyError) {
            guard bytes.count == 18 || bytes.count == 20 else { throw .issuerApplicationData }
            return bytes[10..<18]
        }
    }

    /// Places in the data, from 0.
    private struct Layout {
        var version: Int
        var cvr: Range<Int>
        /// Where the CVR's bits begin.
        var results: Int
        var resultBits: CardVerificationResults.Layout

        init(_ bytes: [UInt8], _ scheme: ChipScheme) throws(PaymentCryptographyError) {
            switch (scheme, bytes.first, bytes.count) {
            // Visa's formats 0, 1 and 3: length 6, index, version, CVR of 3 bytes with its length; then what the
            // issuer likes.
            case (.visa, 0x06, 7...32) where bytes[3] == 3:
                (version, cvr, results, resultBits) = (2, 3..<7, 4, .visa)
            // Visa's format 2 (VIS 1.6): length 31, version, index, CVR of 5 bytes.
            case (.visa, 0x1F, 32):
                (version, cvr, results, resultBits) = (1, 3..<8, 4, .visaFormat2)
            // M/Chip 4 and M/Chip Advance: index, version, CVR of 6 bytes, DAC or ICC dynamic number, counters.
            case (.mastercard, _, 18), (.mastercard, _, 20), (.mastercard, _, 26), (.mastercard, _, 28):
                (version, cvr, results, resultBits) = (1, 2..<8, 2, .mChip)
            case (.visa, _, _), (.mastercard, _, _): throw .issuerApplicationData
            }
        }
    }
}
