extension ExceptionMessage: Journaled {
    package func write(to writer: inout ByteWriter) {
        switch self {
        case .advice(let advice):
            writer.write(byte: 1)
            writer.write(advice)
        case .reversal(let reversal):
            writer.write(byte: 2)
            writer.write(reversal)
        case .clearing(let clearing):
            writer.write(byte: 3)
            writer.write(clearing)
        }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        switch try reader.byte() {
        case 1: self = .advice(try reader.value())
        case 2: self = .reversal(try reader.value())
        case 3: self = .clearing(try reader.value())
        default: throw reader.failure("no such message")
        }
    }
}

extension ApplyException: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(exception)
        writer.write(message)
        writer.write(authorization)
        writer.write(card)
        writer.write(amount)
        writer.write(reason)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            exception: try reader.value(),
            message: try reader.value(),
            authorization: try reader.optional(),
            card: try reader.optional(),
            amount: try reader.optional(),
            reason: try reader.text()
        )
    }
}

extension WriteOffTerms: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(account)
        writer.write(amount)
        writer.write(direction)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(account: try reader.value(), amount: try reader.value(), direction: try reader.value())
    }
}

extension WriteOffException: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(exception)
        writer.write(terms)
        writer.write(program)
        writer.write(proposedBy)
        writer.write(confirmedBy)
        writer.write(reason)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            exception: try reader.value(),
            terms: try reader.value(),
            program: try reader.value(),
            proposedBy: try reader.value(),
            confirmedBy: try reader.value(),
            reason: try reader.text()
        )
    }
}
