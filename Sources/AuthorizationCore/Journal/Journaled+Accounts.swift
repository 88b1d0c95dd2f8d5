extension OpenAccount: Journaled {
    /// Numbers of commands: 1, 27 and 36.
    var code: UInt8 {
        if cardholder != nil { return 36 }
        return type == nil ? 1 : 27
    }

    package func write(to writer: inout ByteWriter) {
        writer.write(account)
        writer.write(tenant)
        writer.write(program)
        writer.write(balances)
        if let cardholder {
            writer.write(type)
            writer.write(isChargeExempt)
            writer.write(cardholder)
        } else {
            if let type { writer.write(type) }
            if isChargeExempt { writer.write(byte: Self.chargeExempt) }
        }
    }

    /// Ends an opening without a cardholder that few have.
    private static let chargeExempt: UInt8 = 1

    package init(from reader: inout ByteReader) throws(JournalError) {
        self = try Self.withoutEnd(&reader)
        try readEnd(&reader)
    }

    /// The form with a type, which a command number of its own announces.
    init(withTypeFrom reader: inout ByteReader) throws(JournalError) {
        self = try Self.withoutEnd(&reader)
        type = try reader.value() as AccountType
        try readEnd(&reader)
    }

    /// The form with a cardholder, behind all that others have besides.
    init(withCardholderFrom reader: inout ByteReader) throws(JournalError) {
        self = try Self.withoutEnd(&reader)
        type = try reader.optional()
        isChargeExempt = try reader.bool()
        cardholder = try reader.value() as CardholderID
    }

    private static func withoutEnd(_ reader: inout ByteReader) throws(JournalError) -> OpenAccount {
        OpenAccount(
            account: try reader.value(),
            tenant: try reader.value(),
            program: try reader.value(),
            balances: try reader.values()
        )
    }

    private mutating func readEnd(_ reader: inout ByteReader) throws(JournalError) {
        guard !reader.isAtEnd else { return }
        guard try reader.byte() == Self.chargeExempt else { throw reader.failure("no such opening") }
        isChargeExempt = true
    }
}

extension OpenAccount.Line: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(balance)
        writer.write(creditLimit)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(balance: try reader.value(), creditLimit: try reader.int64())
    }
}

extension ChangeAccount: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(status, tellsBefore: tellsBefore)
        writer.write(reason)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let (status, tellsBefore): (AccountStatus, Bool) = try reader.status()
        self.init(status: status, reason: try reader.text(), tellsBefore: tellsBefore)
    }
}

extension Account {
    /// Most accounts have none.
    var hasDetails: Bool { isChargeExempt || cardholder != nil }

    /// The number of a change with it.
    var form: UInt8 {
        if cardholder != nil { return 24 }
        return isChargeExempt ? 20 : 1
    }

    /// Behind the account itself: what its form has besides.
    func writeDetails(to writer: inout ByteWriter) {
        guard let cardholder else { return }
        writer.write(isChargeExempt)
        writer.write(cardholder)
    }

    mutating func readDetails(ofForm form: UInt8, from reader: inout ByteReader) throws(JournalError) {
        isChargeExempt = form == 20
        guard form == 24 else { return }
        isChargeExempt = try reader.bool()
        cardholder = try reader.value() as CardholderID
    }
}
