/// Every bound of this module, in one place.
package enum Limits {
    /// Bytes of one message, header excluded. The longest message two parties exchange in practice stays under 4 KiB;
    /// a length above this is a broken peer, not a long message.
    package static let messageBytes = 8_192

    /// The highest element number: three bit maps of 64.
    package static let elementNumber = 192

    /// Bytes of one length indicator. Four decimal digits are the longest in use (LLLLVAR).
    package static let lengthIndicatorBytes = 4

    /// Depth to which constructed TLV elements are opened. EMV nests three deep.
    package static let tlvDepth = 8

    /// TLV elements in one data element. The shortest is two bytes (tag and zero length), so this also bounds the
    /// list made of the largest data element.
    package static let tlvElements = 1_024

    /// Bytes of a TLV tag; EMV uses up to three.
    package static let tlvTagBytes = 4
}
