/// How messages are told apart in a TCP stream: a length, then perhaps a routing header, then the message.
package struct FrameFormat: Hashable, Sendable {
    /// How the length is put into bytes.
    package enum LengthEncoding: String, Sendable, CaseIterable {
        case bigEndian2 = "binary-2"
        case bigEndian4 = "binary-4"
        case littleEndian2 = "binary-2-little-endian"
        case ascii4 = "ascii-4"
        case bcd2 = "bcd-2"

        /// Bytes on the wire.
        package var width: Int {
            switch self {
            case .bigEndian2, .littleEndian2, .bcd2: 2
            case .bigEndian4, .ascii4: 4
            }
        }
    }

    /// What stands between length and message, counted by the length.
    package enum Routing: String, Sendable, CaseIterable {
        case none
        /// Five bytes: identifier, destination, source.
        case tpdu
        /// Twenty-two bytes as Visa BASE I has them.
        case visa
    }

    package var length: LengthEncoding
    /// Whether the length counts its own bytes (and the filler).
    package var includesItself: Bool
    /// Zero bytes after the length that it does not count otherwise: 2 in the four-byte header of VAP links.
    package var fillerBytes: Int
    package var routing: Routing
    /// The most bytes of routing header and message; a length above closes the connection.
    package var limit: Int

    package init(
        _ length: LengthEncoding,
        includesItself: Bool = false,
        fillerBytes: Int = 0,
        routing: Routing = .none,
        limit: Int = Limits.messageBytes
    ) {
        self.length = length
        self.includesItself = includesItself
        self.fillerBytes = max(0, fillerBytes)
        self.routing = routing
        self.limit = limit
    }

    /// Bytes of length and filler.
    package var headerBytes: Int { self.length.width + self.fillerBytes }

    /// Appends one frame, so that several can leave in one write.
    ///
    /// - Parameters:
    ///   - header: the routing header; for an answer ``FrameHeader/reply`` of the request's. One that is not of this
    ///     format's kind is replaced by that kind's zero header.
    /// - Throws: ``FramingError/lengthAboveLimit`` when message and header are more than ``limit``, or than the length
    ///   can show.
    package func append(
        _ message: some Collection<UInt8>,
        header: FrameHeader = .none,
        to output: inout [UInt8]
    ) throws(FramingError) {
        let routing = self.routingBytes(header, messageBytes: message.count)
        let counted = routing.count + message.count
        let length = counted + (self.includesItself ? self.headerBytes : 0)
        guard counted <= self.limit, length <= self.largestLength else {
            throw FramingError.lengthAboveLimit(length)
        }
        self.appendLength(length, to: &output)
        output.append(contentsOf: routing)
        output.append(contentsOf: message)
    }

    /// One frame; see ``append(_:header:to:)``.
    package func encode(
        _ message: some Collection<UInt8>,
        header: FrameHeader = .none
    ) throws(FramingError) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(self.headerBytes + 32 + message.count)
        try self.append(message, header: header, to: &output)
        return output
    }

    /// A frame of length zero: keeps the connection alive and is ignored by the other side.
    package var keepAlive: [UInt8] {
        var output: [UInt8] = []
        self.appendLength(self.includesItself ? self.headerBytes : 0, to: &output)
        return output
    }

    private func routingBytes(_ header: FrameHeader, messageBytes: Int) -> [UInt8] {
        switch (self.routing, header) {
        case (.none, _): []
        case (.tpdu, .tpdu(let tpdu)): tpdu.bytes
        case (.tpdu, .none), (.tpdu, .visa): TPDU().bytes
        case (.visa, .visa(let visa)): visa.bytes(messageBytes: messageBytes)
        case (.visa, .none), (.visa, .tpdu): VisaHeader().bytes(messageBytes: messageBytes)
        }
    }

    private var largestLength: Int {
        switch self.length {
        case .bigEndian2, .littleEndian2: 0xFFFF
        case .bigEndian4: 0xFFFF_FFFF
        case .ascii4, .bcd2: 9_999
        }
    }

    private func appendLength(_ length: Int, to output: inout [UInt8]) {
        switch self.length {
        case .bigEndian2: output += [UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)]
        case .littleEndian2: output += [UInt8(length & 0xFF), UInt8(length >> 8 & 0xFF)]
        case .bigEndian4:
            for shift in stride(from: 24, through: 0, by: -8) { output.append(UInt8(length >> shift & 0xFF)) }
        case .ascii4:
            for power in [1_000, 100, 10, 1] { output.append(0x30 + UInt8(length / power % 10)) }
        case .bcd2:
            for pair in [length / 100 % 100, length % 100] { output.append(UInt8((pair / 10) << 4 | pair % 10)) }
        }
        output.append(contentsOf: repeatElement(0, count: self.fillerBytes))
    }
}

/// Why a stream cannot be read any further: the place where the next frame starts is lost, so the connection closes.
package enum FramingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The length header holds something other than digits.
    case badLengthHeader
    /// The length counts itself and is less than its own bytes.
    case lengthSmallerThanItself(Int)
    /// The length is above the limit; nothing of the frame is buffered.
    case lengthAboveLimit(Int)

    /// The name that tools print.
    package var code: String {
        switch self {
        case .badLengthHeader: "bad_length_header"
        case .lengthSmallerThanItself: "length_header_smaller_than_itself"
        case .lengthAboveLimit: "length_above_limit"
        }
    }

    package var description: String {
        switch self {
        case .badLengthHeader: self.code
        case .lengthSmallerThanItself(let length), .lengthAboveLimit(let length): "\(self.code): \(length)"
        }
    }
}
