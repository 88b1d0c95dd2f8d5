extension TokenStatus: Journaled {}

extension RegisterToken: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        writer.write(token)
        writer.write(index)
        writer.write(reference)
        writer.write(requestor)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let card: CardID = try reader.value()
        self.init(
            try reader.value(),
            index: try reader.tokenIndex(),
            of: card,
            reference: try reader.text(),
            requestor: try reader.text()
        )
        guard reference.unicodeScalars.count <= TokenFacts.longestReference,
            requestor.isEmpty || requestor.utf8.count == Self.requestorLength
        else { throw reader.failure("no such token") }
    }
}

extension ChangeToken: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        writer.write(index)
        writer.write(status, tellsBefore: tellsBefore)
        writer.write(reason)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let card: CardID = try reader.value()
        let index = try reader.tokenIndex()
        let (status, tellsBefore): (TokenStatus, Bool) = try reader.status()
        self.init(index: index, of: card, to: status, reason: try reader.text(), tellsBefore: tellsBefore)
    }
}

/// What it was registered with, and what became of it.
extension WalletToken: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(RegisterToken(id, index: index, of: card, reference: reference, requestor: requestor))
        writer.write(status)
        writer.write(registeredAt)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(try reader.value(), at: .distantPast)
        status = try reader.value()
        registeredAt = try reader.value()
    }
}

extension ByteReader {
    mutating func tokenIndex() throws(JournalError) -> [UInt8] {
        let index = try array()
        guard index.count == TokenFacts.indexLength else { throw failure("no such token") }
        return index
    }
}
