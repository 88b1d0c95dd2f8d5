extension CardForm: Journaled {}
extension CardStatusReason: Journaled {}

extension CardStatus {
    /// A reason for it.
    func reason(from reader: inout ByteReader) throws(JournalError) -> CardStatusReason {
        let reason: CardStatusReason = try reader.value()
        guard allows(reason) else { throw reader.failure("no reason for the status") }
        return reason
    }
}

extension CardCommand {
    /// Numbers of commands: 21 to 24, 29, and 34.
    var code: UInt8 {
        switch self {
        case .reissue: 21
        case .activateInstance: 22
        case .replace(let command): command.statusReason == nil ? 23 : 34
        case .registerToken: 24
        case .changeToken: 29
        }
    }

    func write(to writer: inout ByteWriter) {
        switch self {
        case .reissue(let command): writer.write(command)
        case .activateInstance(let command): writer.write(command)
        case .replace(let command): writer.write(command)
        case .registerToken(let command): writer.write(command)
        case .changeToken(let command): writer.write(command)
        }
    }

    init(code: UInt8, from reader: inout ByteReader) throws(JournalError) {
        switch code {
        case 21: self = .reissue(try reader.value())
        case 22: self = .activateInstance(try reader.value())
        case 23: self = .replace(try reader.value())
        case 24: self = .registerToken(try reader.value())
        case 29: self = .changeToken(try reader.value())
        case 34: self = .replace(try ReplaceCard(withReasonFrom: &reader))
        default: throw reader.failure("no such command")
        }
    }
}

extension IssueCard {
    /// Numbers of commands: 4, 20 and 35.
    var code: UInt8 {
        if cardholder != nil { return 35 }
        return terms == CardTerms() ? 4 : 20
    }

    /// The form with a cardholder, behind terms of any kind.
    init(withCardholderFrom reader: inout ByteReader) throws(JournalError) {
        self = try reader.value()
        terms = try reader.value()
        cardholder = try reader.value() as CardholderID
    }

    /// The form with terms, which a command number of its own announces.
    init(withTermsFrom reader: inout ByteReader) throws(JournalError) {
        self = try reader.value()
        terms = try reader.value()
        guard terms != CardTerms() else { throw reader.failure("terms of nothing") }
    }
}

extension CardTerms: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(byte: form.rawValue | (product.isEmpty ? 0 : Self.withProduct))
        writer.write(Int64(useLimit ?? 0))
        if !product.isEmpty { writer.write(product) }
    }

    /// Set beside the form when the product follows at the end.
    private static let withProduct: UInt8 = 128

    package init(from reader: inout ByteReader) throws(JournalError) {
        let first = try reader.byte()
        guard let form = CardForm(rawValue: first & ~Self.withProduct) else { throw reader.failure("no such form") }
        self.init(form: form, useLimit: try Self.useLimit(from: &reader))
        guard first & Self.withProduct != 0 else { return }
        product = try reader.text()
        guard CardProduct.isName(product) else { throw reader.failure("no such product") }
    }

    /// 0 stands for none.
    static func useLimit(from reader: inout ByteReader) throws(JournalError) -> Int32? {
        let limit: Int32 = try reader.integer()
        guard limit == 0 || useLimits.contains(limit) else { throw reader.failure("no such number of uses") }
        return limit == 0 ? nil : limit
    }
}

extension CardDetails: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(terms)
        writer.write(Int64(uses))
        writer.write(replaces)
        writer.write(replacedBy)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(terms: try reader.value())
        uses = try reader.integer()
        replaces = try reader.optional()
        replacedBy = try reader.optional()
        guard (0...(terms.useLimit ?? 0)).contains(uses) else { throw reader.failure("more uses than there are") }
    }
}

extension Card {
    /// Most cards have none.
    var hasDetails: Bool { details != CardDetails() }

    /// The number of a change with it.
    var form: UInt8 {
        if details.cardholder != nil { return 27 }
        if details.statusReason != nil { return 26 }
        return hasDetails ? 18 : 3
    }

    /// Behind the details: the reason for the status, and in a form of its own the cardholder.
    func writeFurtherDetails(to writer: inout ByteWriter) {
        guard details.statusReason != nil || details.cardholder != nil else { return }
        writer.write(byte: details.statusReason?.rawValue ?? 0)
        if let cardholder = details.cardholder { writer.write(cardholder) }
    }

    mutating func readFurtherDetails(
        from reader: inout ByteReader,
        withCardholder: Bool
    ) throws(JournalError) {
        details.statusReason = try readStatusReason(from: &reader)
        if withCardholder { details.cardholder = try reader.value() as CardholderID }
    }

    private func readStatusReason(from reader: inout ByteReader) throws(JournalError) -> CardStatusReason? {
        let number = try reader.byte()
        guard number != 0 else { return nil }
        guard let reason = CardStatusReason(rawValue: number), status.allows(reason) else {
            throw reader.failure("no reason for the status")
        }
        return reason
    }
}

extension ReissueCard: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        writer.write(instance)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(card: try reader.value(), instance: try reader.value())
    }
}

extension ActivateInstance: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        writer.write(byte: sequenceNumber)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(card: try reader.value(), sequenceNumber: try reader.byte())
    }
}

extension ReplaceCard: Journaled {
    /// Set beside the status when the old card's use limit goes on.
    private static let keepsUsesFlag: UInt8 = 128

    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        let flags = (keepsUses ? Self.keepsUsesFlag : 0) | (tellsBefore ? StatusFlag.tellsBefore : 0)
        writer.write(byte: status.rawValue | flags)
        writer.write(reason)
        writer.write(new.card)
        writer.write(Int64(new.lastFour))
        writer.write(new.instance)
        writer.write(new.terms)
        if let statusReason { writer.write(statusReason) }
    }

    /// The form with one of the list of reasons, which a command number of its own announces.
    fileprivate init(withReasonFrom reader: inout ByteReader) throws(JournalError) {
        self = try reader.value()
        statusReason = try status.reason(from: &reader)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let card: CardID = try reader.value()
        let first = try reader.byte()
        let flags = Self.keepsUsesFlag | StatusFlag.tellsBefore
        guard let status = CardStatus(rawValue: first & ~flags) else {
            throw reader.failure("no such status")
        }
        let reason = try reader.text()
        let new = IssueCard(
            card: try reader.value(),
            lastFour: try reader.integer(),
            instance: try reader.value(),
            terms: try reader.value()
        )
        self.init(
            card: card,
            status: status,
            reason: reason,
            new: new,
            keepsUses: first & Self.keepsUsesFlag != 0,
            tellsBefore: first & StatusFlag.tellsBefore != 0
        )
    }
}
