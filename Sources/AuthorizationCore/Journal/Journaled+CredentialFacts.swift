extension AddressVerification.Presented: Journaled {}
extension AddressVerification.Result: Journaled {}
extension ProofVerification.Presence: Journaled {}
extension ProofVerification.Result: Journaled {}
extension StoredCredentialUse: Journaled {}

extension CredentialFacts: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(address)
        writer.write(cardCode)
        writer.write(authentication)
        writer.write(storedUse)
        writer.write(token)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init()
        address = try reader.optional()
        cardCode = try reader.value()
        authentication = try reader.value()
        storedUse = try reader.optional()
        token = try reader.optional()
        guard !isEmpty else { throw reader.failure("facts of nothing") }
    }
}

extension AddressVerification: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(presented)
        writer.write(result)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(presented: try reader.optional(), result: try reader.optional())
        guard self != AddressVerification() else { throw reader.failure("facts of nothing") }
    }
}

extension ProofVerification: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(presence)
        writer.write(result)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(presence: try reader.optional(), result: try reader.optional())
    }
}

extension TokenFacts: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(index ?? [])
        writer.write(reference)
        writer.write(assurance.map { Int64($0) } ?? -1)
        writer.write(cryptogram)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init()
        let index = try reader.array()
        reference = try reader.text()
        let assurance = try reader.int64()
        cryptogram = try reader.optional()
        self.index = index.isEmpty ? nil : index
        self.assurance = assurance == -1 ? nil : UInt8(clamping: assurance)
        guard index.isEmpty || index.count == Self.indexLength, (-1...99).contains(assurance),
            reference.unicodeScalars.count <= Self.longestReference, !isEmpty
        else { throw reader.failure("no such token") }
    }
}
