extension Identifier: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(word: high)
        writer.write(word: low)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(high: try reader.word(), low: try reader.word())
    }
}

extension Instant: Journaled {
    package func write(to writer: inout ByteWriter) { writer.write(microseconds) }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(microseconds: try reader.int64())
    }
}

extension ClosedList {
    package func write(to writer: inout ByteWriter) { writer.write(byte: rawValue) }

    package init(from reader: inout ByteReader) throws(JournalError) {
        guard let value = Self(rawValue: try reader.byte()) else {
            throw reader.failure("no such \(Self.self)")
        }
        self = value
    }
}

extension TransactionKind: Journaled {}
extension Purpose: Journaled {}
extension Initiator: Journaled {}
extension EntryMode: Journaled {}
extension AccountStatus: Journaled {}
extension AccountType: Journaled {}
extension BalanceKind: Journaled {}
extension CardStatus: Journaled {}
extension AuthorizationStatus: Journaled {}
extension Layer: Journaled {}
extension InternalAccount: Journaled {}
extension Transfer.Direction: Journaled {}
extension DeclineReason: Journaled {}
extension Check: Journaled {}
extension ExceptionReason: Journaled {}
extension Refusal: Journaled {}
extension AdviceReason: Journaled {}
extension Increment.Mode: Journaled {}
extension Instalments.Funding: Journaled {}

extension Currency: Journaled {
    package func write(to writer: inout ByteWriter) { writer.write(Int64(numeric)) }

    package init(from reader: inout ByteReader) throws(JournalError) {
        guard let currency = Currency(numeric: try reader.integer()) else { throw reader.failure("no such currency") }
        self = currency
    }
}

extension Money: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(minorUnits)
        writer.write(currency)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(try reader.int64(), try reader.value())
    }
}

extension ConvertedAmount: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(money)
        writer.write(Int64(rate))
        writer.write(Int64(date))
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(try reader.value(), rate: try reader.integer(), date: try reader.integer())
    }
}

extension ExchangeRate: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(from)
        writer.write(to)
        writer.write(billionths)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(from: try reader.value(), to: try reader.value(), billionths: try reader.int64())
    }
}

extension Merchant: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(name)
        writer.write(identification)
        writer.write(Int64(categoryCode))
        writer.write(country)
        writer.write(city)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            name: try reader.text(),
            identification: try reader.text(),
            categoryCode: try reader.integer(),
            country: try reader.text(),
            city: try reader.text()
        )
    }
}

extension NetworkReferences: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(transactionID)
        writer.write(systemTraceAuditNumber)
        writer.write(acquirer)
        writer.write(retrievalReference)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            transactionID: try reader.text(),
            systemTraceAuditNumber: try reader.text(),
            acquirer: try reader.text(),
            retrievalReference: try reader.text()
        )
    }
}

extension BalanceKey: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(currency)
        writer.write(kind)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(try reader.value(), try reader.value())
    }
}

extension Balance: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(posted)
        writer.write(pendingDebits)
        writer.write(pendingCredits)
        writer.write(creditLimit)
        writer.write(legalHolds)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init()
        posted = try reader.int64()
        pendingDebits = try reader.int64()
        pendingCredits = try reader.int64()
        creditLimit = try reader.int64()
        legalHolds = try reader.int64()
    }
}

extension Account: Journaled {
    /// The status takes the low bits of its byte; the type takes the high ones, which were 0 before there were types.
    private static let typeShift = 4

    package func write(to writer: inout ByteWriter) {
        writer.write(id)
        writer.write(tenant)
        writer.write(program)
        writer.write(byte: status.rawValue | (type?.rawValue ?? 0) << Self.typeShift)
        writer.write(sequence)
        writer.write(decidedAt)
        writer.write(stateHash)
        writer.write(openedAt)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            id: try reader.value(),
            tenant: try reader.value(),
            program: try reader.value(),
            openedAt: .distantPast
        )
        let kind = try reader.byte()
        guard let status = AccountStatus(rawValue: kind & 0xF) else { throw reader.failure("no such AccountStatus") }
        self.status = status
        type = AccountType(rawValue: kind >> Self.typeShift)
        guard kind >> Self.typeShift == type?.rawValue ?? 0 else { throw reader.failure("no such AccountType") }
        sequence = try reader.int64()
        decidedAt = try reader.value()
        stateHash = try reader.array()
        openedAt = try reader.value()
    }
}

extension ExpiryMonth: Journaled {
    package func write(to writer: inout ByteWriter) { writer.write(Int64(yearMonth)) }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let yearMonth: UInt32 = try reader.integer()
        guard let expiry = ExpiryMonth(year: Int(yearMonth / 100), month: Int(yearMonth % 100)) else {
            throw reader.failure("no such month")
        }
        self = expiry
    }
}

extension CardInstance: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(Int64(sequenceNumber))
        writer.write(expiry)
        writer.write(validUntil)
        writer.write(Int64(serviceCode))
        let state: UInt8 = active ? 1 : endsOthers ? Self.waitsToEndOthers : 0
        guard !keyVersions.isEmpty else { return writer.write(byte: state) }
        writer.write(byte: state | Self.hasKeyVersions)
        writer.write(keyVersions)
    }

    /// Stands where 1 is active and 0 is not.
    private static let waitsToEndOthers: UInt8 = 2
    /// Added to that where versions of keys follow.
    private static let hasKeyVersions: UInt8 = 4

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            sequenceNumber: try reader.integer(),
            expiry: try reader.value(),
            validUntil: try reader.value(),
            serviceCode: try reader.integer(),
            active: false
        )
        let flags = try reader.byte()
        let state = flags & ~Self.hasKeyVersions
        guard state <= Self.waitsToEndOthers else { throw reader.failure("no such state of an instance") }
        active = state == 1
        endsOthers = state == Self.waitsToEndOthers
        if flags != state { keyVersions = try reader.values() }
    }
}

extension StoredKeyVersion: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(name)
        writer.write(Int64(version))
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(try reader.value(), try reader.integer())
        guard version > 0 else { throw reader.failure("no such version of a key") }
    }
}

extension Card: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(id)
        writer.write(status)
        writer.write(Int64(lastFour))
        writer.write(instances)
        writer.write(issuedAt)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let id: CardID = try reader.value()
        let status: CardStatus = try reader.value()
        self.init(
            id: id,
            lastFour: try reader.integer(),
            instances: try reader.values(),
            issuedAt: try reader.value()
        )
        self.status = status
    }
}

extension Transfer: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(id)
        writer.write(direction)
        writer.write(layer)
        writer.write(amount)
        writer.write(balance)
        writer.write(counterparty)
        writer.write(byte: line)
        writer.write(authorization)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let id: TransferID = try reader.value()
        let direction: Direction = try reader.value()
        let layer: Layer = try reader.value()
        let amount = try reader.int64()
        guard amount > 0 else { throw reader.failure("a transfer of nothing") }
        self.init(
            id: id,
            direction,
            layer,
            of: amount,
            on: try reader.value(),
            against: try reader.value()
        )
        line = try reader.byte()
        authorization = try reader.optional()
    }
}
