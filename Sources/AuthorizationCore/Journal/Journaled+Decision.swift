extension Outcome: Journaled {
    package func write(to writer: inout ByteWriter) {
        switch self {
        case .approved(let approval):
            approval.write(to: &writer)
        case .declined(let reason, let authorization):
            writer.write(byte: 2)
            writer.write(reason)
            writer.write(authorization)
        case .acknowledged(let acknowledgement, let authorization):
            writer.write(byte: 3)
            writer.write(acknowledgement)
            writer.write(authorization)
        case .done:
            writer.write(byte: 4)
        case .refused(let refusal):
            writer.write(byte: 5)
            writer.write(refusal)
        }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let form = try reader.byte()
        switch form {
        case 1, 6...10: self = .approved(try Approval(form: form, from: &reader))
        case 2: self = .declined(try reader.value(), try reader.optional())
        case 3: self = .acknowledged(try reader.value(), try reader.optional())
        case 4: self = .done
        case 5: self = .refused(try reader.value())
        default: throw reader.failure("no such outcome")
        }
    }
}

extension Approval {
    /// An approval's first byte is one of an outcome's, which says what follows.
    private var form: UInt8 {
        switch (extent, balance != nil) {
        case (.asRequested, false): 1
        case (.partial, false): 6
        case (.added, false): 7
        case (.asRequested, true): 8
        case (.partial, true): 9
        case (.added, true): 10
        }
    }

    fileprivate init(form: UInt8, from reader: inout ByteReader) throws(JournalError) {
        self.init(authorization: try reader.value(), code: try reader.integer())
        switch form {
        case 6, 9: extent = .partial(try reader.value())
        case 7, 10: extent = .added(try reader.value())
        default: break
        }
        if form >= 8 { balance = try reader.value() }
    }

    fileprivate func write(to writer: inout ByteWriter) {
        writer.write(byte: form)
        writer.write(authorization)
        writer.write(Int64(code))
        switch extent {
        case .asRequested: break
        case .partial(let amounts), .added(let amounts): writer.write(amounts)
        }
        if let balance { writer.write(balance) }
    }
}

extension ToldBalance: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(available)
        writer.write(ledger)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(available: try reader.value(), ledger: try reader.value())
    }
}

extension ApprovedAmounts: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(transaction)
        writer.write(billing)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(transaction: try reader.value(), billing: try reader.value())
    }
}

extension Acknowledgement: Journaled {
    package func write(to writer: inout ByteWriter) {
        switch self {
        case .applied: writer.write(byte: 1)
        case .nothingLeft: writer.write(byte: 2)
        case .waitsForOriginal: writer.write(byte: 3)
        case .exception(let reason):
            writer.write(byte: 4)
            writer.write(reason)
        case .recorded: writer.write(byte: 5)
        case .recordedIncrement(let amounts):
            writer.write(byte: 6)
            writer.write(amounts)
        }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        switch try reader.byte() {
        case 1: self = .applied
        case 2: self = .nothingLeft
        case 3: self = .waitsForOriginal
        case 4: self = .exception(try reader.value())
        case 5: self = .recorded
        case 6: self = .recordedIncrement(try reader.value())
        default: throw reader.failure("no such acknowledgement")
        }
    }
}

extension CheckResult: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(check)
        switch verdict {
        case .passed: writer.write(byte: 1)
        case .failed(let reason):
            writer.write(byte: 2)
            writer.write(reason)
        case .notApplicable: writer.write(byte: 3)
        }
        writer.write(observed)
        writer.write(limit)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        check = try reader.value()
        switch try reader.byte() {
        case 1: verdict = .passed
        case 2: verdict = .failed(try reader.value())
        case 3: verdict = .notApplicable
        default: throw reader.failure("no such verdict")
        }
        observed = try reader.int64()
        limit = try reader.int64()
    }
}

extension KeyRecord: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(fingerprint)
        writer.write(authorization)
        writer.write(answer)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            fingerprint: try reader.array(),
            authorization: try reader.optional(),
            answer: try reader.optional()
        )
    }
}

extension Change: Journaled {
    package func write(to writer: inout ByteWriter) {
        switch self {
        case .account(let account):
            writer.write(byte: account.form)
            writer.write(account)
            account.writeDetails(to: &writer)
        case .openBalance(let key, let creditLimit):
            writer.write(byte: 2)
            writer.write(key)
            writer.write(creditLimit)
        case .creditLimit(let key, let limit):
            writer.write(byte: 23)
            writer.write(key)
            writer.write(limit)
        case .card(let card):
            writer.write(byte: card.form)
            writer.write(card)
            if card.hasDetails { writer.write(card.details) }
            card.writeFurtherDetails(to: &writer)
        case .transfer(let transfer):
            writer.write(byte: 4)
            writer.write(transfer)
        case .authorization(let authorization):
            writer.write(byte: Self.form(of: authorization))
            writer.write(authorization)
            if authorization.hasDetails { authorization.writeDetails(to: &writer) }
            if authorization.hasFurtherDetails { authorization.writeFurtherDetails(to: &writer) }
            if !authorization.charges.isEmpty {
                authorization.writeCharges(to: &writer)
            } else if let contactless = authorization.contactless {
                writer.write(authorization.token ?? [])
                writer.write(contactless)
            } else if let token = authorization.token {
                writer.write(token)
            }
        case .counter(let key, let counter):
            writer.write(byte: key.token == nil ? 6 : 10)
            writer.write(key)
            if let token = key.token { writer.write(token) }
            writer.write(counter)
        case .chipCounter(let key, let counter):
            writer.write(byte: 14)
            writer.write(key)
            writer.write(counter)
        case .contactless(let key, let counter):
            writer.write(byte: 16)
            writer.write(key)
            writer.write(counter)
        case .failures(let key, let counter):
            writer.write(byte: 17)
            writer.write(key)
            writer.write(counter)
        case .key(let key, let record):
            writer.write(byte: 7)
            writer.write(key)
            writer.write(record)
        case .pin(let card, let pin):
            writer.write(byte: pin.script == nil ? 13 : 25)
            writer.write(card)
            writer.write(pin)
            if let script = pin.script { writer.write(script) }
        case .legalHold(let hold):
            writer.write(byte: 19)
            writer.write(hold)
        case .token(let token):
            writer.write(byte: 22)
            writer.write(token)
        case .statusBefore(let status):
            writer.write(byte: 28)
            writer.write(status)
        }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let form = try reader.byte()
        switch form {
        case 1, 20, 24:
            var account: Account = try reader.value()
            try account.readDetails(ofForm: form, from: &reader)
            self = .account(account)
        case 2: self = .openBalance(try reader.value(), creditLimit: try reader.int64())
        case 3: self = .card(try reader.value())
        case 4: self = .transfer(try reader.value())
        case 5: self = .authorization(try reader.value())
        case 6: self = .counter(try reader.value(), try reader.value())
        case 7: self = .key(try reader.text(), try reader.value())
        case 8, 9, 11, 15, 21:
            var authorization: Authorization = try reader.value()
            try authorization.readDetails(from: &reader)
            if form >= 9 { try authorization.readFurtherDetails(from: &reader) }
            if form == 11 { authorization.token = try reader.tokenIndex() }
            if form == 15 { try authorization.readContactless(from: &reader) }
            if form == 21 { try authorization.readCharges(from: &reader) }
            guard form == Self.form(of: authorization) else { throw reader.failure("details of nothing") }
            self = .authorization(authorization)
        case 10:
            var key: CounterKey = try reader.value()
            key.token = try reader.tokenIndex()
            self = .counter(key, try reader.value())
        case 13: self = .pin(try reader.value(), try reader.value())
        case 14: self = .chipCounter(try reader.value(), try reader.value())
        case 16: self = .contactless(try reader.value(), try reader.value())
        case 17: self = .failures(try reader.value(), try reader.value())
        case 18, 26, 27:
            var card: Card = try reader.value()
            card.details = try reader.value()
            if form != 18 { try card.readFurtherDetails(from: &reader, withCardholder: form == 27) }
            guard form == card.form else { throw reader.failure("details of nothing") }
            self = .card(card)
        case 19: self = .legalHold(try reader.value())
        case 22: self = .token(try reader.value())
        case 23: self = .creditLimit(try reader.value(), try reader.int64())
        case 25:
            let card: CardID = try reader.value()
            var pin: PINState = try reader.value()
            pin.script = try reader.value()
            self = .pin(card, pin)
        case 28: self = .statusBefore(try reader.value())
        default: throw reader.failure("no such change")
        }
    }
}

extension Change {
    /// Most authorizations have no details, and hardly any has further ones, a token, a share of the contactless payments,
    /// or charges.
    private static func form(of authorization: Authorization) -> UInt8 {
        if !authorization.charges.isEmpty { return 21 }
        if authorization.contactless != nil { return 15 }
        if authorization.token != nil { return 11 }
        return authorization.hasFurtherDetails ? 9 : authorization.hasDetails ? 8 : 5
    }
}

extension BalanceMovement: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(key)
        writer.write(before)
        writer.write(after)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        key = try reader.value()
        before = try reader.value()
        after = try reader.value()
    }
}

extension Decision: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(outcome)
        writer.write(checks)
        writer.write(changes)
        writer.write(balance)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            try reader.value(),
            checks: try reader.values(),
            changes: try reader.values(),
            balance: try reader.optional()
        )
    }
}
