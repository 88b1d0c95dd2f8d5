extension MoneyMovement.Kind: Journaled {}

extension MoneyCommand {
    package static let sendCode: UInt8 = 16
    package static let receiveCode: UInt8 = 17

    /// Numbers of commands, 15 to 19 and 28.
    var code: UInt8 {
        switch self {
        case .move: 15
        case .send: Self.sendCode
        case .receive: Self.receiveCode
        case .placeHold: 18
        case .releaseHold: 19
        case .setCreditLimit: 28
        }
    }

    func write(to writer: inout ByteWriter) {
        switch self {
        case .move(let command): writer.write(command)
        case .send(let command): writer.write(command)
        case .receive(let command): writer.write(command)
        case .placeHold(let command): writer.write(command)
        case .releaseHold(let command): writer.write(command)
        case .setCreditLimit(let command): writer.write(command)
        }
    }

    init(code: UInt8, from reader: inout ByteReader) throws(JournalError) {
        switch code {
        case 15: self = .move(try reader.value())
        case Self.sendCode: self = .send(try reader.value())
        case Self.receiveCode: self = .receive(try reader.value())
        case 18: self = .placeHold(try reader.value())
        case 19: self = .releaseHold(try reader.value())
        case 28: self = .setCreditLimit(try reader.value())
        default: throw reader.failure("no such command")
        }
    }
}

extension MoneyMovement: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(kind)
        writer.write(amount)
        writer.write(text)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(try reader.value(), try reader.amount(), text: try reader.text())
    }
}

extension OutgoingTransfer: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(receiver)
        writer.write(receiverStatus)
        writer.write(amount)
        writer.write(reference)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            to: try reader.value(),
            try reader.value(),
            try reader.amount(),
            reference: try reader.text()
        )
    }
}

extension IncomingTransfer: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(transfer)
        writer.write(sender)
        writer.write(amount)
        writer.write(reference)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(try reader.value(), from: try reader.value(), try reader.amount(), reference: try reader.text())
    }
}

extension PlaceLegalHold: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(hold)
        writer.write(amount)
        writer.write(reason)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(try reader.value(), try reader.amount(), reason: try reader.text())
    }
}

extension ReleaseLegalHold: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(hold)
        writer.write(reason)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(try reader.value(), reason: try reader.text())
    }
}

extension SetCreditLimit: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(limit)
        writer.write(reason)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(try reader.value(), reason: try reader.text())
        guard (-largestAmount...largestAmount).contains(limit.minorUnits) else {
            throw reader.failure("a limit out of range")
        }
    }
}

extension LegalHold: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(id)
        writer.write(balance)
        writer.write(amount)
        writer.write(reason)
        writer.write(placedAt)
        writer.write(releasedAt)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            id: try reader.value(),
            balance: try reader.value(),
            amount: try reader.int64(),
            reason: try reader.text(),
            placedAt: try reader.value()
        )
        releasedAt = try reader.optional()
        guard amount > 0 else { throw reader.failure("a hold of nothing") }
    }
}

extension ByteReader {
    /// Money above nothing.
    fileprivate mutating func amount() throws(JournalError) -> Money {
        let amount: Money = try value()
        guard amount.minorUnits > 0 else { throw failure("an amount of nothing") }
        return amount
    }
}
