/// Why the inside of an element is not what its layout says. The element itself is sound; the caller decides what a
/// faulty sub-element means for the message.
package struct SubelementError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Raw values are those that tools print.
    package enum Class: String, Sendable, CaseIterable {
        /// Shorter or longer than the layout.
        case wrongLength = "wrong_length"
        /// Not whole blocks, or none, or too many.
        case notAMultiple = "not_a_multiple"
        /// A numeric part, or a tag or length in characters, holds something else.
        case notNumeric = "not_numeric"
        /// A sign that is neither C nor D.
        case badSign = "bad_sign"
        /// Track data without its separator.
        case noSeparator = "no_separator"
        /// Track data whose account number is not 1 to 19 digits.
        case accountNumberNotNumeric = "pan_not_numeric"
        /// A TLV tag, length or value is cut, too long, or overruns its template.
        case malformedTLV = "malformed_tlv"
        /// The element's own bit map announces a part that the dialect does not define.
        case unknownPart = "unknown_part"
    }

    package var `class`: Class
    /// Bytes from the start of the element's canonical value.
    package var offset: Int
    /// The TLV tag, as far as it was read; 0 for other layouts.
    package var tag: UInt32 = 0

    package var description: String {
        let name = self.tag == 0 ? "" : " tag \(TLV.name(of: self.tag))"
        return "\(self.class.rawValue)\(name) offset \(self.offset)"
    }
}
