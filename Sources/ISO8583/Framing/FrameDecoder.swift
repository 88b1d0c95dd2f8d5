/// One thing found in a stream.
package enum Frame: Hashable, Sendable {
    /// A frame with its routing header, if the format has one.
    case message(header: FrameHeader, bytes: [UInt8])
    /// A message of ours that the network returned under a longer Visa header; `bytes` is the message, `header` its own.
    case rejected(by: VisaHeader, header: FrameHeader, bytes: [UInt8])
    /// A frame of length zero; nothing to do.
    case keepAlive
    /// A frame too short for its routing header. The next one starts where it should, so the connection goes on.
    case malformed(byteCount: Int)
}

/// Takes frames out of a stream, whatever the chunks it comes in.
///
/// Feed with ``append(_:)``, then call ``next()`` until it gives nil. It buffers less than one frame beyond the last
/// chunk. After an error it stays failed: the start of the next frame is lost and the connection is to be closed.
package struct FrameDecoder: Sendable {
    package let format: FrameFormat

    private var buffer: [UInt8] = []
    /// Where the next frame starts in `buffer`.
    private var start = 0
    private var failure: FramingError?

    package init(_ format: FrameFormat) {
        self.format = format
    }

    /// Bytes that wait for the rest of their frame.
    package var bufferedBytes: Int { self.buffer.count - self.start }

    /// Takes the bytes that were read. Ignored after an error.
    package mutating func append(_ bytes: some Sequence<UInt8>) {
        guard self.failure == nil else { return }
        self.dropConsumed()
        self.buffer.append(contentsOf: bytes)
    }

    /// The next frame, or nil when more bytes are needed.
    ///
    /// - Throws: ``FramingError``, and the same again at each later call.
    package mutating func next() throws(FramingError) -> Frame? {
        if let failure = self.failure { throw failure }
        let headerBytes = self.format.headerBytes
        guard self.bufferedBytes >= self.format.length.width else { return nil }
        do throws(FramingError) {
            let counted = try self.countedBytes()
            guard self.bufferedBytes - headerBytes >= counted else { return nil }
            let begin = self.start + headerBytes
            self.start = begin + counted
            return self.frame(self.buffer[begin..<begin + counted])
        } catch {
            self.failure = error
            self.buffer = []
            self.start = 0
            throw error
        }
    }

    /// Bytes of the frame after length and filler.
    private func countedBytes() throws(FramingError) -> Int {
        let length = try self.lengthHeader()
        var counted = length
        if self.format.includesItself {
            counted -= self.format.headerBytes
            // A length of zero that should count itself is a keep-alive of a peer that does not count it then.
            if length == 0 { counted = 0 }
            guard counted >= 0 else { throw FramingError.lengthSmallerThanItself(length) }
        }
        guard counted <= self.format.limit else { throw FramingError.lengthAboveLimit(length) }
        return counted
    }

    private func lengthHeader() throws(FramingError) -> Int {
        var length = 0
        let header = self.buffer[self.start..<self.start + self.format.length.width]
        switch self.format.length {
        case .bigEndian2, .bigEndian4:
            for byte in header { length = length << 8 | Int(byte) }
        case .littleEndian2:
            for byte in header.reversed() { length = length << 8 | Int(byte) }
        case .ascii4:
            for byte in header {
                guard let digit = byte.digitValue else { throw FramingError.badLengthHeader }
                length = length * 10 + Int(digit)
            }
        case .bcd2:
            for byte in header {
                guard byte >> 4 < 10, byte & 0x0F < 10 else { throw FramingError.badLengthHeader }
                length = length * 100 + Int(byte >> 4) * 10 + Int(byte & 0x0F)
            }
        }
        return length
    }

    private func frame(_ bytes: ArraySlice<UInt8>) -> Frame {
        guard !bytes.isEmpty else { return .keepAlive }
        switch self.format.routing {
        case .none: return .message(header: .none, bytes: Array(bytes))
        case .tpdu:
            guard let tpdu = TPDU(bytes) else { return .malformed(byteCount: bytes.count) }
            return .message(header: .tpdu(tpdu), bytes: Array(bytes.dropFirst(TPDU.byteCount)))
        case .visa:
            guard let visa = VisaHeader(bytes) else { return .malformed(byteCount: bytes.count) }
            let rest = bytes.dropFirst(visa.length)
            guard visa.isReject else { return .message(header: .visa(visa), bytes: Array(rest)) }
            // A reject may carry nothing but its reason; then there is no inner header.
            guard let inner = VisaHeader(rest), !inner.isReject else {
                return .rejected(by: visa, header: .none, bytes: Array(rest))
            }
            return .rejected(by: visa, header: .visa(inner), bytes: Array(rest.dropFirst(inner.length)))
        }
    }

    /// Forgets the frames that were taken: their bytes are overwritten, whoever else looks at the memory later.
    package mutating func dropConsumed() {
        guard self.start > 0 else { return }
        for index in 0..<self.start { self.buffer[index] = 0 }
        self.buffer.removeSubrange(0..<self.start)
        self.start = 0
    }
}
