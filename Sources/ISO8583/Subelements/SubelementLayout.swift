/// How an element is divided inside.
package enum SubelementLayout: Sendable, Hashable {
    /// BER-TLV, as DE 55.
    case berTLV
    /// Parts of fixed length one after the other, as DE 90.
    case positional([Part])
    /// The same parts again and again, as the 20-character blocks of DE 54.
    case repeating([Part])
    /// Character tags and lengths: PDS of four-digit tags and three-digit lengths, DE 48 of two and two.
    case tagged(tagDigits: Int, lengthDigits: Int)
    /// A bit map of the element's own, then the announced parts in order.
    case bitmap(bytes: Int, parts: [Int: Part])

    /// A part of fixed length.
    package struct Part: Sendable, Hashable {
        package var name: String
        /// Bytes of the canonical value, 0...9999.
        package let length: Int
        /// `n` parts must be digits; other classes are not checked.
        package var content: ContentClass

        package init(_ name: String, _ content: ContentClass, _ length: Int) {
            self.name = name
            self.length = min(max(length, 0), 9_999)
            self.content = content
        }
    }

    /// The layouts that the standard gives.
    static func standard(_ edition: Edition) -> [Int: SubelementLayout] {
        switch edition {
        case .iso1987: [54: .additionalAmounts, 55: .berTLV, 90: .originalData, 95: .replacementAmounts]
        case .iso1993: [54: .additionalAmounts, 55: .berTLV]
        }
    }

    /// DE 90 of 1987: what names the original of a reversal.
    package static let originalData = SubelementLayout.positional([
        Part("original_mti", .numeric, 4), Part("original_stan", .numeric, 6),
        Part("original_transmission_datetime", .numeric, 10), Part("original_acquirer", .numeric, 11),
        Part("original_forwarder", .numeric, 11),
    ])

    /// DE 95 of 1987: the amounts that remain after a partial reversal.
    package static let replacementAmounts = SubelementLayout.positional([
        Part("actual_amount_transaction", .numeric, 12), Part("actual_amount_settlement", .numeric, 12),
        Part("actual_fee_transaction", .signedAmount, 9), Part("actual_fee_settlement", .signedAmount, 9),
    ])

    /// DE 54: up to six amounts.
    package static let additionalAmounts = SubelementLayout.repeating([
        Part("account_type", .numeric, 2), Part("amount_type", .alphanumeric, 2),
        Part("currency", .alphanumeric, 3), Part("sign", .alphabetic, 1), Part("amount", .numeric, 12),
    ])
    /// The data objects that authorization messages carry in DE 55 (EMV Book 3, annex A; 9F6E, 9F7C and 9F5B are the
    /// contactless kernels').
    static let emvTags: Set<String> = [
        "4F", "50", "57", "5A", "5F20", "5F24", "5F28", "5F2A", "5F34", "71", "72", "82", "84", "8A", "8E", "91", "95",
        "9A", "9B", "9C", "9F01", "9F02", "9F03", "9F06", "9F07", "9F08", "9F09", "9F0D", "9F0E", "9F0F", "9F10",
        "9F12", "9F15", "9F16", "9F18", "9F1A", "9F1C", "9F1E", "9F21", "9F24", "9F26", "9F27", "9F33", "9F34", "9F35",
        "9F36", "9F37", "9F39", "9F40", "9F41", "9F42", "9F4C", "9F53", "9F5B", "9F66", "9F6B", "9F6C", "9F6E", "9F7C",
    ]
}
