extension Authorization: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(id)
        writer.write(card)
        writer.write(status)
        writer.write(kind)
        writer.write(balance)
        writer.write(approved)
        writer.write(remaining)
        writer.write(billed)
        writer.write(held)
        writer.write(cleared)
        writer.write(posted)
        writer.write(countedOn)
        writer.write(uncertain)
        writer.write(createdAt)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        id = try reader.value()
        card = try reader.value()
        status = try reader.value()
        kind = try reader.value()
        balance = try reader.optional()
        approved = try reader.value()
        remaining = try reader.int64()
        billed = try reader.int64()
        held = try reader.int64()
        cleared = try reader.int64()
        posted = try reader.int64()
        countedOn = try reader.value()
        uncertain = try reader.bool()
        createdAt = try reader.value()
    }

    /// What only some authorizations have, behind the rest.
    func writeDetails(to writer: inout ByteWriter) {
        writer.write(isSingleMessage)
        writer.write(isAdvised)
        writer.write(fee)
        writer.write(heldFee)
        writer.write(acceptor)
    }

    mutating func readDetails(from reader: inout ByteReader) throws(JournalError) {
        isSingleMessage = try reader.bool()
        isAdvised = try reader.bool()
        fee = try reader.int64()
        heldFee = try reader.int64()
        acceptor = try reader.optional()
    }
}

extension Authorization {
    /// What hardly any authorization has, behind the details.
    func writeFurtherDetails(to writer: inout ByteWriter) {
        writer.write(countedPart ?? -1)
        writer.write(instalments)
    }

    mutating func readFurtherDetails(from reader: inout ByteReader) throws(JournalError) {
        let part = try reader.int64()
        countedPart = part < 0 ? nil : part
        instalments = try reader.optional()
    }

    /// The token, which may be empty here, what it may have of the contactless payments, and its charges, behind the
    /// further details.
    func writeCharges(to writer: inout ByteWriter) {
        writer.write(token ?? [])
        writer.write(contactless)
        writer.write(ChargeLines(charges))
    }

    mutating func readCharges(from reader: inout ByteReader) throws(JournalError) {
        try readToken(from: &reader)
        contactless = try reader.optional()
        charges = try reader.value(ChargeLines.self).charges
    }

    /// The token, which may be empty here, and the share of the contactless payments, behind the further details.
    mutating func readContactless(from reader: inout ByteReader) throws(JournalError) {
        try readToken(from: &reader)
        contactless = try reader.value()
    }

    private mutating func readToken(from reader: inout ByteReader) throws(JournalError) {
        let index = try reader.array()
        guard index.isEmpty || index.count == TokenFacts.indexLength else { throw reader.failure("no such token") }
        token = index.isEmpty ? nil : index
    }
}

extension InstalmentProgress: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(byte: count)
        writer.write(byte: cleared)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        guard let progress = Self(count: try reader.byte(), cleared: try reader.byte()) else {
            throw reader.failure("no such instalments")
        }
        self = progress
    }
}

extension Acceptor: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(identification)
        writer.write(Int64(categoryCode))
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(identification: try reader.text(), categoryCode: try reader.integer())
    }
}
