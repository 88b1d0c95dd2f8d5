extension PINFacts.Obstacle: Journaled {}

extension PINFacts: Journaled {
    /// Announces what is known of a PIN, so that later facts can have more.
    private static let form: UInt8 = 1

    package func write(to writer: inout ByteWriter) {
        writer.write(byte: Self.form)
        writer.write(result)
        switch self {
        case .match(let reference), .noMatch(let reference): writer.write(Int64(reference))
        case .notVerified(let obstacle): writer.write(obstacle)
        }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        guard try reader.byte() == Self.form else { throw reader.failure("no such facts of a PIN") }
        let result: ProofVerification.Result = try reader.value()
        switch result {
        case .match: self = .match(reference: try Self.reference(from: &reader))
        case .noMatch: self = .noMatch(reference: try Self.reference(from: &reader))
        case .notVerified: self = .notVerified(try reader.value())
        }
    }

    private static func reference(from reader: inout ByteReader) throws(JournalError) -> Int32 {
        let reference: Int32 = try reader.integer()
        guard reference > 0 else { throw reader.failure("no such reference") }
        return reference
    }
}

extension PINState: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(byte: tries)
        writer.write(Int64(reference))
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let tries = try reader.byte()
        self.init(reference: try reader.integer())
        self.tries = tries
        guard reference > 0 else { throw reader.failure("no such reference") }
    }
}

extension NewPINFacts: Journaled {
    package func write(to writer: inout ByteWriter) {
        switch self {
        case .made(let reference):
            writer.write(byte: 1)
            writer.write(Int64(reference))
        case .notMade(let obstacle):
            writer.write(byte: 2)
            writer.write(obstacle)
        }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        switch try reader.byte() {
        case 1:
            let reference: Int32 = try reader.integer()
            guard reference > 0 else { throw reader.failure("no such reference") }
            self = .made(reference: reference)
        case 2: self = .notMade(try reader.value())
        default: throw reader.failure("no such facts of a new PIN")
        }
    }
}

extension PINScript: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(Int64(identifier))
        writer.write(byte: sends)
        writer.write(counter.map { Int64($0) } ?? -1)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let identifier: UInt32 = try reader.integer()
        let sends = try reader.byte()
        let counter = try reader.int64()
        guard let known = counter == -1 ? .some(nil) : UInt16(exactly: counter).map(Optional.some),
            (known == nil) == (sends == 0)
        else { throw reader.failure("no such script") }
        self.init(identifier: identifier, sends: sends, counter: known)
    }
}

extension KnownScript: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(Int64(identifier))
        writer.write(isReady)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(identifier: try reader.integer(), isReady: try reader.bool())
    }
}

extension ScriptReport.Result: Journaled {}

extension ScriptReport: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(Int64(identifier))
        writer.write(result)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(identifier: try reader.integer(), result: try reader.value())
    }
}

extension SetPIN: Journaled {
    /// Bits of the byte behind the reference: what follows, in this order.
    private enum Follows {
        static let current: UInt8 = 1
        static let keys: UInt8 = 2
        static let all = current | keys
    }

    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        writer.write(Int64(reference))
        writer.write(byte: (current == nil ? 0 : Follows.current) | (keys.isEmpty ? 0 : Follows.keys))
        if let current { writer.write(current) }
        if !keys.isEmpty { writer.write(keys) }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(card: try reader.value(), reference: try reader.integer())
        let follows = try reader.byte()
        guard reference > 0, follows & ~Follows.all == 0 else { throw reader.failure("no such reference") }
        if follows & Follows.current != 0 { current = try reader.value() }
        if follows & Follows.keys != 0 { keys = try reader.value() }
    }
}

extension UnblockPIN: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        writer.write(reason)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(card: try reader.value(), reason: try reader.text())
    }
}
