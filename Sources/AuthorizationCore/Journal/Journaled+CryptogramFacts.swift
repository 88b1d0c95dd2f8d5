extension ChipProblem: Journaled {}
extension CryptogramKind: Journaled {}
extension ChipElement: Journaled {}

extension CryptogramFacts: Journaled {
    /// Announces what is known of a chip.
    private static let form: UInt8 = 1
    /// The same, with what is known of scripts behind it.
    private static let formWithScripts: UInt8 = 2

    package func write(to writer: inout ByteWriter) {
        let concernsScripts = script != nil || scriptReport != nil
        writer.write(byte: concernsScripts ? Self.formWithScripts : Self.form)
        writer.write(result)
        writer.write(problem)
        writer.write(kind)
        writer.write(counter.map { Int64($0) } ?? -1)
        writer.write(byte: sequenceNumber)
        writer.write(cardResults.map { Int64($0) } ?? -1)
        for elements in [differences, declinedDifferences] {
            writer.write(elements.sorted { $0.rawValue < $1.rawValue })
        }
        if concernsScripts {
            writer.write(script)
            writer.write(scriptReport)
        }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let form = try reader.byte()
        guard form == Self.form || form == Self.formWithScripts else { throw reader.failure("no such facts of a chip") }
        self.init(try reader.value())
        problem = try reader.optional()
        kind = try reader.optional()
        counter = try Self.number(&reader)
        sequenceNumber = try reader.byte()
        guard sequenceNumber <= 99 else { throw reader.failure("no such sequence number") }
        cardResults = try Self.number(&reader)
        differences = try Self.elements(&reader)
        declinedDifferences = try Self.elements(&reader)
        guard declinedDifferences.isSubset(of: differences) else { throw reader.failure("no such differences") }
        guard form == Self.formWithScripts else { return }
        script = try reader.optional()
        scriptReport = try reader.optional()
        guard script != nil || scriptReport != nil else { throw reader.failure("facts of nothing") }
    }

    private static func elements(_ reader: inout ByteReader) throws(JournalError) -> Set<ChipElement> {
        let elements: [ChipElement] = try reader.values()
        guard Set(elements).count == elements.count else { throw reader.failure("an element twice") }
        return Set(elements)
    }

    /// -1 stands for none.
    private static func number<Value: FixedWidthInteger>(_ reader: inout ByteReader) throws(JournalError) -> Value? {
        let number = try reader.int64()
        if number == -1 { return nil }
        guard let value = Value(exactly: number) else { throw reader.failure("the number is out of range") }
        return value
    }
}
