extension DisputeFacts: Journaled {
    package func write(to writer: inout ByteWriter) {
        for text in texts { writer.write(text) }
        writer.write(chip)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init()
        terminal = try Self.text(&reader)
        acceptor = try Self.text(&reader)
        pointOfService = try Self.text(&reader)
        acquirerReference = try Self.text(&reader)
        ecommerceIndicator = try Self.text(&reader)
        directoryServerTransaction = try Self.text(&reader)
        accessControlServerTransaction = try Self.text(&reader)
        tokenRequestor = try Self.text(&reader)
        paymentAccountReference = try Self.text(&reader)
        chip = try reader.value()
        guard !isEmpty else { throw reader.failure("facts of nothing") }
    }

    private var texts: [String] {
        [
            terminal, acceptor, pointOfService, acquirerReference, ecommerceIndicator, directoryServerTransaction,
            accessControlServerTransaction, tokenRequestor, paymentAccountReference,
        ]
    }

    private static func text(_ reader: inout ByteReader) throws(JournalError) -> String {
        let text = try reader.text()
        guard text.unicodeScalars.count <= longestText else { throw reader.failure("the text is too long") }
        return text
    }
}

extension ChipFacts: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(verificationMethod.map { Int64($0) } ?? -1)
        writer.write(terminalResults.map { Int64(clamping: $0) } ?? -1)
        writer.write(cryptogramInformation.map { Int64($0) } ?? -1)
        writer.write(transactionCounter.map { Int64($0) } ?? -1)
        writer.write(unpredictableNumber.map { Int64($0) } ?? -1)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init()
        verificationMethod = try Self.number(&reader)
        terminalResults = try Self.number(&reader)
        cryptogramInformation = try Self.number(&reader)
        transactionCounter = try Self.number(&reader)
        unpredictableNumber = try Self.number(&reader)
    }

    /// -1 stands for none.
    private static func number<Value: FixedWidthInteger>(_ reader: inout ByteReader) throws(JournalError) -> Value? {
        let number = try reader.int64()
        if number == -1 { return nil }
        guard let value = Value(exactly: number) else { throw reader.failure("the number is out of range") }
        return value
    }
}
