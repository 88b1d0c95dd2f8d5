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

extension SetPIN: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        writer.write(Int64(reference))
        writer.write(current)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(card: try reader.value(), reference: try reader.integer(), current: try reader.optional())
        guard reference > 0 else { throw reader.failure("no such reference") }
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
