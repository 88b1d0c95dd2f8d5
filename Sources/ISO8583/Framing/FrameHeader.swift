/// The routing header of a frame.
package enum FrameHeader: Hashable, Sendable {
    case none
    case tpdu(TPDU)
    case visa(VisaHeader)

    /// The header of the answer: destination and source change places.
    package var reply: FrameHeader {
        switch self {
        case .none: .none
        case .tpdu(let tpdu): .tpdu(tpdu.reply)
        case .visa(let visa): .visa(visa.reply)
        }
    }
}

/// A transport protocol data unit header: identifier, destination, source (five bytes).
package struct TPDU: Hashable, Sendable {
    package static let byteCount = 5

    /// 0x60 for transactions.
    package var identifier: UInt8
    package var destination: UInt16
    package var source: UInt16

    package init(identifier: UInt8 = 0x60, destination: UInt16 = 0, source: UInt16 = 0) {
        self.identifier = identifier
        self.destination = destination
        self.source = source
    }

    /// Nil when there are fewer than five bytes.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count >= Self.byteCount else { return nil }
        let start = bytes.startIndex
        self.identifier = bytes[start]
        self.destination = UInt16(bytes[start + 1]) << 8 | UInt16(bytes[start + 2])
        self.source = UInt16(bytes[start + 3]) << 8 | UInt16(bytes[start + 4])
    }

    package var reply: TPDU {
        TPDU(identifier: self.identifier, destination: self.source, source: self.destination)
    }

    package var bytes: [UInt8] {
        [
            self.identifier, UInt8(self.destination >> 8), UInt8(self.destination & 0xFF),
            UInt8(self.source >> 8), UInt8(self.source & 0xFF),
        ]
    }
}

/// A header as Visa BASE I puts before a message: 22 bytes, more when a message comes back rejected.
///
/// Fields by the public list: header length 1, flag and format 1, text format 1, total length 2, destination 3,
/// source 3, round-trip control 1, BASE I flags 2, message status flags 3, batch number 1, reserved 3, user
/// information 1.
package struct VisaHeader: Hashable, Sendable {
    package static let byteCount = 22

    /// As received, or as to be sent; at least 22.
    private var storage: [UInt8]

    /// A header of zeros but for its length (22), flag and format (1) and text format (2).
    package init(destination: Int = 0, source: Int = 0) {
        self.storage = [UInt8](repeating: 0, count: Self.byteCount)
        self.storage[0] = UInt8(Self.byteCount)
        self.storage[1] = 0x01
        self.storage[2] = 0x02
        self.destination = destination
        self.source = source
    }

    /// Nil when the bytes are fewer than the header's own length, or that is below 22.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let length = bytes.first, length >= Self.byteCount, bytes.count >= Int(length) else { return nil }
        self.storage = Array(bytes.prefix(Int(length)))
    }

    /// Bytes of the header itself.
    package var length: Int { self.storage.count }

    /// A longer header returns a message that the network rejected; after it follow that message's own header and
    /// the message.
    package var isReject: Bool { self.length > Self.byteCount }

    /// Station number, three bytes.
    package var destination: Int {
        get { self.station(at: 5) }
        set { self.setStation(newValue, at: 5) }
    }

    /// Station number, three bytes.
    package var source: Int {
        get { self.station(at: 8) }
        set { self.setStation(newValue, at: 8) }
    }

    /// The answer's: stations change places, the rest is echoed, the network's round-trip control among it.
    package var reply: VisaHeader {
        var reply = VisaHeader(destination: self.source, source: self.destination)
        reply.storage.replaceSubrange(1..<3, with: self.storage[1..<3])
        reply.storage.replaceSubrange(11..<Self.byteCount, with: self.storage[11..<Self.byteCount])
        return reply
    }

    /// The header with its total length set for a message of so many bytes.
    package func bytes(messageBytes: Int) -> [UInt8] {
        var bytes = self.storage
        let total = self.length + messageBytes
        bytes[3] = UInt8(total >> 8 & 0xFF)
        bytes[4] = UInt8(total & 0xFF)
        return bytes
    }

    private func station(at offset: Int) -> Int {
        Int(self.storage[offset]) << 16 | Int(self.storage[offset + 1]) << 8 | Int(self.storage[offset + 2])
    }

    private mutating func setStation(_ station: Int, at offset: Int) {
        self.storage[offset] = UInt8(station >> 16 & 0xFF)
        self.storage[offset + 1] = UInt8(station >> 8 & 0xFF)
        self.storage[offset + 2] = UInt8(station & 0xFF)
    }
}
