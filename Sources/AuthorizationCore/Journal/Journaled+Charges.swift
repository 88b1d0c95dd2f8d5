extension ChargeBase: Journaled {}
extension ChargeRounding: Journaled {}
extension ChargeMoment: Journaled {}

extension ChargeTerms: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(base)
        writer.write(rate)
        writer.write(rounding)
        writer.write(fixed)
        writer.write(minimum)
        writer.write(maximum ?? -1)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init()
        base = try reader.value()
        rate = try reader.int64()
        rounding = try reader.value()
        fixed = try reader.int64()
        minimum = try reader.int64()
        let maximum = try reader.int64()
        self.maximum = maximum < 0 ? nil : maximum
        guard isInRange else { throw reader.failure("a charge's terms out of range") }
    }
}

extension ChargeSchedule: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(code)
        writer.write(counterAccount)
        writer.write(currency)
        writer.write(terms)
        writer.write(moment)
        writer.write(conditions)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let code = try reader.text()
        let account: InternalAccount = try reader.value()
        let currency: Currency = try reader.value()
        let terms: ChargeTerms = try reader.value()
        let moment: ChargeMoment = try reader.value()
        self.init(code, to: account, in: currency, of: try reader.value())
        self.terms = terms
        self.moment = moment
        guard isInRange else { throw reader.failure("a charge out of range") }
    }
}

extension ChargeConditions: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(kinds.sorted { $0.rawValue < $1.rawValue })
        writer.write(channels.sorted { $0.rawValue < $1.rawValue })
        for countries in [inside, outside] {
            writer.write(unsigned: UInt64(countries.count))
            for country in countries { writer.write(country) }
        }
        writer.write(byte: differsInCurrency.map { $0 ? 2 : 1 } ?? 0)
        writer.write(unsigned: UInt64(categories.count))
        for category in categories { writer.write(Int64(category)) }
        writer.write(sparesExemptAccounts)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(kinds: Set(try reader.values(TransactionKind.self)))
        channels = Set(try reader.values(AcceptanceChannel.self))
        for _ in 0..<(try reader.count()) { inside.append(try reader.text()) }
        for _ in 0..<(try reader.count()) { outside.append(try reader.text()) }
        switch try reader.byte() {
        case 0: differsInCurrency = nil
        case 1: differsInCurrency = false
        case 2: differsInCurrency = true
        default: throw reader.failure("no such condition")
        }
        for _ in 0..<(try reader.count()) { categories.append(try reader.integer()) }
        sparesExemptAccounts = try reader.bool()
    }
}

extension Charge: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(code)
        writer.write(counterAccount)
        writer.write(isHeld)
        writer.write(amount)
        writer.write(terms)
        writer.write(held)
        writer.write(posted)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            try reader.text(),
            to: try reader.value(),
            isHeld: try reader.bool(),
            amount: try reader.int64(),
            by: try reader.value()
        )
        held = try reader.int64()
        posted = try reader.int64()
        let mostHeld = isHeld ? amount : 0
        guard (0...largestAmount).contains(amount), (0...mostHeld).contains(held), posted >= 0 else {
            throw reader.failure("a charge out of range")
        }
    }
}

/// All charges of an authorization, as its stored row has them.
package struct ChargeLines: Journaled {
    package var charges: [Charge]

    package init(_ charges: [Charge]) { self.charges = charges }

    package func write(to writer: inout ByteWriter) { writer.write(charges) }

    package init(from reader: inout ByteReader) throws(JournalError) {
        charges = try reader.values()
        guard (1...Charge.most).contains(charges.count) else { throw reader.failure("no such number of charges") }
    }
}
