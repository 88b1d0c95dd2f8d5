extension Command: Journaled {
    /// The command's number in journal rows, never reused.
    package var code: UInt8 {
        switch self {
        case .openAccount(let opening): opening.code
        case .changeAccount: 2
        case .fund: 3
        case .issueCard(let issue): issue.code
        case .changeCard(let change): change.statusReason == nil ? 5 : 33
        case .authorize: 6
        case .reverse: 7
        case .clear: 8
        case .recordDelivery: 9
        case .advise: 10
        case .applyException: 11
        case .writeOffException: 12
        case .setPIN: 13
        case .unblockPIN(let command): command.tellsChip ? 25 : 14
        case .moneyCommand(let command): command.code
        case .cardCommand(let command): command.code
        case .expire: 26
        }
    }

    package func write(to writer: inout ByteWriter) {
        writer.write(byte: code)
        switch self {
        case .openAccount(let command): writer.write(command)
        case .changeAccount(let command): writer.write(command)
        case .fund(let command): writer.write(command)
        case .issueCard(let command): writer.write(command)
        case .changeCard(let command): writer.write(command)
        case .authorize(let command): writer.write(command)
        case .reverse(let command): writer.write(command)
        case .clear(let command): writer.write(command)
        case .recordDelivery(let command): writer.write(command)
        case .advise(let command): writer.write(command)
        case .applyException(let command): writer.write(command)
        case .writeOffException(let command): writer.write(command)
        case .setPIN(let command): writer.write(command)
        case .unblockPIN(let command): writer.write(command)
        case .moneyCommand(let command): command.write(to: &writer)
        case .cardCommand(let command): command.write(to: &writer)
        case .expire(let command): writer.write(command)
        }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let code = try reader.byte()
        switch code {
        case 1: self = .openAccount(try reader.value())
        case 2: self = .changeAccount(try reader.value())
        case 3: self = .fund(try reader.value())
        case 4: self = .issueCard(try reader.value())
        case 5: self = .changeCard(try reader.value())
        case 6: self = .authorize(try reader.value())
        case 7: self = .reverse(try reader.value())
        case 8: self = .clear(try reader.value())
        case 9: self = .recordDelivery(try reader.value())
        case 10: self = .advise(try reader.value())
        case 11: self = .applyException(try reader.value())
        case 12: self = .writeOffException(try reader.value())
        case 13: self = .setPIN(try reader.value())
        case 14: self = .unblockPIN(try reader.value())
        case 15...19, 28: self = .moneyCommand(try MoneyCommand(code: code, from: &reader))
        case 20: self = .issueCard(try IssueCard(withTermsFrom: &reader))
        case 21...24, 29, 34: self = .cardCommand(try CardCommand(code: code, from: &reader))
        case 25:
            var command: UnblockPIN = try reader.value()
            command.tellsChip = true
            self = .unblockPIN(command)
        case 26: self = .expire(try reader.value())
        case 27: self = .openAccount(try OpenAccount(withTypeFrom: &reader))
        case 33: self = .changeCard(try ChangeCard(withReasonFrom: &reader))
        case 35: self = .issueCard(try IssueCard(withCardholderFrom: &reader))
        case 36: self = .openAccount(try OpenAccount(withCardholderFrom: &reader))
        default: throw reader.failure("no such command")
        }
    }
}

extension Funding: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(amount)
        writer.write(reference)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(amount: try reader.value(), reference: try reader.text())
        guard amount.minorUnits > 0 else { throw reader.failure("a funding of nothing") }
    }
}

extension IssueCard: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        writer.write(Int64(lastFour))
        writer.write(instance)
        if terms != CardTerms() || cardholder != nil { writer.write(terms) }
        if let cardholder { writer.write(cardholder) }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(card: try reader.value(), lastFour: try reader.integer(), instance: try reader.value())
    }
}

extension ChangeCard: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        writer.write(status, tellsBefore: tellsBefore)
        writer.write(reason)
        if let statusReason { writer.write(statusReason) }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let card: CardID = try reader.value()
        let (status, tellsBefore): (CardStatus, Bool) = try reader.status()
        self.init(card: card, status: status, reason: try reader.text(), tellsBefore: tellsBefore)
    }

    /// The form with one of the list of reasons, which a command number of its own announces.
    fileprivate init(withReasonFrom reader: inout ByteReader) throws(JournalError) {
        self = try reader.value()
        statusReason = try status.reason(from: &reader)
    }
}

extension Reversal: Journaled {
    /// Stands where the new total is, when card and currency follow before it.
    private static let hasFacts: Int64 = -3
    /// The same for what the network told, behind those.
    private static let isTold: Int64 = -4

    package func write(to writer: inout ByteWriter) {
        writer.write(target)
        writer.write(message)
        if card != nil || currency != nil {
            writer.write(Self.hasFacts)
            writer.write(card)
            writer.write(currency)
        }
        if let told {
            writer.write(Self.isTold)
            writer.write(told)
        }
        writer.write(isUnclear ? -2 : newTotal ?? -1)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let target: AuthorizationLink = try reader.value()
        let message: MessageIdentity? = try reader.optional()
        var newTotal = try reader.int64()
        var card: CardID?
        var currency: Currency?
        if newTotal == Self.hasFacts {
            card = try reader.optional()
            currency = try reader.optional()
            guard card != nil || currency != nil else { throw reader.failure("facts of nothing") }
            newTotal = try reader.int64()
        }
        var told: ReversalFacts?
        if newTotal == Self.isTold {
            told = try reader.value()
            newTotal = try reader.int64()
        }
        self.init(
            target: target,
            message: message,
            newTotal: newTotal < 0 ? nil : newTotal,
            isUnclear: newTotal == -2,
            card: card,
            currency: currency,
            told: told
        )
    }
}

extension ReversalFacts: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(amount)
        writer.write(reason)
        writer.write(references)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(amount: try reader.optional(), reason: try reader.text(), references: try reader.value())
    }
}

extension Clearing: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(authorization)
        writer.write(amount)
        writer.write(billing)
        writer.write(isFinal)
        writer.write(reference)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            authorization: try reader.value(),
            amount: try reader.value(),
            billing: try reader.optional(),
            isFinal: try reader.bool(),
            reference: try reader.text()
        )
        guard amount.minorUnits > 0 else { throw reader.failure("a clearing of nothing") }
    }
}

extension DeliveryRecord: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(authorization)
        writer.write(hasArrived)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(authorization: try reader.value(), hasArrived: try reader.bool())
    }
}
