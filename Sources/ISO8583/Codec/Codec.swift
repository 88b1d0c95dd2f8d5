/// Bytes to message and back, driven by a ``Dialect``. Holds no state.
package enum Codec {
    /// Reads one message, header already taken off.
    ///
    /// Total: any bytes give a message or an error. Memory is bounded by ``Limits/messageBytes``.
    ///
    /// - Throws: ``DecodeError`` with class, element, offset, and what could be read.
    package static func decode(_ bytes: Span<UInt8>, dialect: Dialect) throws(DecodeError) -> Message {
        try bytes.withUnsafeBufferPointer { (input) throws(DecodeError) -> Message in
            try self.decode(input, dialect)
        }
    }

    /// Reads one message from an array; see ``decode(_:dialect:)-span``.
    package static func decode(_ bytes: [UInt8], dialect: Dialect) throws(DecodeError) -> Message {
        try self.decode(bytes.span, dialect: dialect)
    }

    private static func decode(
        _ input: UnsafeBufferPointer<UInt8>,
        _ dialect: Dialect
    ) throws(DecodeError) -> Message {
        guard input.count <= Limits.messageBytes else {
            throw DecodeError(
                class: .messageTooLong,
                element: .messageType,
                offset: Limits.messageBytes,
                found: input.count,
                expected: Limits.messageBytes
            )
        }
        var reader = MessageReader(input: input)
        let type: MessageTypeIndicator
        do throws(Fault) {
            type = try reader.readMessageType(dialect.messageTypeEncoding)
        } catch {
            throw error.decodeError(at: .messageType, partial: nil)
        }
        let announced = try self.bitmaps(&reader, dialect, type)
        return try self.elements(&reader, dialect, type, announced)
    }

    /// The announced elements; bit map bits are taken out.
    private static func bitmaps(
        _ reader: inout MessageReader,
        _ dialect: Dialect,
        _ type: MessageTypeIndicator
    ) throws(DecodeError) -> ElementSet {
        var set = ElementSet()
        var number = 1
        do throws(Fault) {
            set.first = try reader.readBitmap(dialect.bitmapEncoding)
            if dialect.maximumBitmaps > 1, set.contains(1) {
                number = 2
                set.second = try reader.readBitmap(dialect.bitmapEncoding)
                if dialect.maximumBitmaps > 2, set.contains(65) {
                    number = 3
                    set.third = try reader.readBitmap(dialect.bitmapEncoding)
                    set.remove(65)
                }
            }
        } catch {
            throw error.decodeError(at: .bitmap(number), partial: Message(type))
        }
        if dialect.maximumBitmaps > 1 { set.remove(1) }
        return set
    }

    private static func elements(
        _ reader: inout MessageReader,
        _ dialect: Dialect,
        _ type: MessageTypeIndicator,
        _ announced: ElementSet
    ) throws(DecodeError) -> Message {
        var outcome = ElementsOutcome()
        var slots: [Message.Slot] = []
        slots.reserveCapacity(announced.count)
        // BCD makes two canonical bytes of one; nothing makes more.
        let capacity = 2 * reader.remaining + 1
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            var writer = ByteWriter(output: output)
            outcome = self.readElements(&reader, dialect, announced, &writer, &slots)
            count = writer.count
        }
        var message = Message(type, elements: outcome.present, bytes: bytes, slots: slots)
        message.unknownElements = outcome.unknown
        guard let fault = outcome.fault else { return message }
        var error = fault.decodeError(at: .element(outcome.faultyElement), partial: message)
        error.announced = announced
        throw error
    }

    /// What the loop over the elements found.
    private struct ElementsOutcome {
        var present = ElementSet()
        var unknown = ElementSet()
        var fault: Fault?
        var faultyElement = 1

        /// Keeps the first fault, which is the one reported.
        mutating func record(_ fault: Fault, at element: Int) {
            self.present.remove(element)
            guard self.fault == nil else { return }
            self.fault = fault
            self.faultyElement = element
        }
    }

    private static func readElements(
        _ reader: inout MessageReader,
        _ dialect: Dialect,
        _ announced: ElementSet,
        _ writer: inout ByteWriter,
        _ slots: inout [Message.Slot]
    ) -> ElementsOutcome {
        var outcome = ElementsOutcome(present: announced, unknown: announced.subtracting(dialect.defined))
        let areAllDefined = outcome.unknown.isEmpty
        var last = 1
        for number in announced {
            last = number
            let start = writer.count
            do throws(Fault) {
                guard let spec = areAllDefined ? dialect.definedSpec(of: number) : dialect.wireSpec(of: number) else {
                    throw Fault(.unknownElement, offset: reader.position, found: number)
                }
                try reader.readElement(spec, dialect.codePage, into: &writer)
                slots.append(Message.Slot(offset: UInt32(start), length: UInt32(writer.count &- start)))
            } catch {
                outcome.record(error, at: number)
                writer.truncate(to: start)
                // A fault of content leaves the layout intact, so reading goes on and the caller gets the STAN with
                // which to answer. After any other, nothing is known of what follows.
                guard error.class != .invalidDigit else { continue }
                outcome.present = outcome.present.below(number)
                break
            }
        }
        outcome.unknown = outcome.unknown.intersection(outcome.present)
        if outcome.fault == nil, reader.remaining > 0 {
            outcome.fault = Fault(.trailingData, offset: reader.position, found: reader.remaining)
            outcome.faultyElement = last
        }
        return outcome
    }
}

/// A fault inside the reader; it becomes a ``DecodeError`` where the element and the partial message are known.
struct Fault: Error {
    var `class`: DecodeError.Class
    var offset: Int
    var found: Int
    var expected: Int

    init(_ class: DecodeError.Class, offset: Int, found: Int = 0, expected: Int = 0) {
        self.class = `class`
        self.offset = offset
        self.found = found
        self.expected = expected
    }

    func decodeError(at place: DecodeError.Place, partial: Message?) -> DecodeError {
        DecodeError(
            class: self.class,
            element: place,
            offset: self.offset,
            found: self.found,
            expected: self.expected,
            partial: partial
        )
    }
}
