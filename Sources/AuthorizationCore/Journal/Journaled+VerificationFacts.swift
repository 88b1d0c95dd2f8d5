extension CardValueFacts.Kind: Journaled {}

extension CardValueFacts: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(kind)
        writer.write(result)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(try reader.value(), try reader.value())
    }
}

extension MerchantFailures: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(Int64(count))
        writer.write(Int64(limit))
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(count: try reader.integer(), limit: try reader.integer())
    }
}

extension ProofKeys: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(cardValue)
        writer.write(cardCode)
        writer.write(authentication)
        writer.write(pin)
        writer.write(newPIN)
        writer.write(chip)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init()
        cardValue = try reader.optional()
        cardCode = try reader.optional()
        authentication = try reader.optional()
        pin = try reader.optional()
        newPIN = try reader.optional()
        chip = try reader.optional()
        guard !isEmpty else { throw reader.failure("versions of no keys") }
    }
}

extension VerificationFacts: Journaled {
    /// Bits of the first byte: which facts follow, in this order.
    private enum Follows {
        static let cardValue: UInt8 = 1
        static let cardCode: UInt8 = 2
        static let authentication: UInt8 = 4
        static let pin: UInt8 = 8
        static let chip: UInt8 = 16
        static let trackCounter: UInt8 = 32
        static let newPIN: UInt8 = 64
        /// A further byte, with bits of its own.
        static let more: UInt8 = 128
    }

    /// Bits of the second byte, which is there when one of them is set.
    private enum More {
        static let merchantFailures: UInt8 = 1
        static let keys: UInt8 = 2
        static let all = merchantFailures | keys
    }

    package func write(to writer: inout ByteWriter) {
        var follows: UInt8 = 0
        if cardValue != nil { follows |= Follows.cardValue }
        if cardCode != nil { follows |= Follows.cardCode }
        if authentication != nil { follows |= Follows.authentication }
        if pin != nil { follows |= Follows.pin }
        if chip != nil { follows |= Follows.chip }
        if trackCounter != nil { follows |= Follows.trackCounter }
        if newPIN != nil { follows |= Follows.newPIN }
        var more: UInt8 = 0
        if merchantFailures != nil { more |= More.merchantFailures }
        if !keys.isEmpty { more |= More.keys }
        if more != 0 { follows |= Follows.more }
        writer.write(byte: follows)
        if more != 0 { writer.write(byte: more) }
        writer.write(profileVersion)
        if let cardValue { writer.write(cardValue) }
        if let cardCode { writer.write(cardCode) }
        if let authentication { writer.write(authentication) }
        if let pin { writer.write(pin) }
        if let chip { writer.write(chip) }
        if let trackCounter { writer.write(trackCounter) }
        if let newPIN { writer.write(newPIN) }
        if let merchantFailures { writer.write(merchantFailures) }
        if !keys.isEmpty { writer.write(keys) }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let follows = try reader.byte()
        let more = follows & Follows.more != 0 ? try reader.byte() : 0
        guard (more != 0) == (follows & Follows.more != 0), more & ~More.all == 0 else {
            throw reader.failure("no such facts of verification")
        }
        self.init(profileVersion: try reader.int64())
        if follows & Follows.cardValue != 0 { cardValue = try reader.value() }
        if follows & Follows.cardCode != 0 { cardCode = try reader.value() }
        if follows & Follows.authentication != 0 { authentication = try reader.value() }
        if follows & Follows.pin != 0 { pin = try reader.value() }
        if follows & Follows.chip != 0 { chip = try reader.value() }
        if follows & Follows.trackCounter != 0 { trackCounter = try reader.value() }
        if follows & Follows.newPIN != 0 { newPIN = try reader.value() }
        if more & More.merchantFailures != 0 { merchantFailures = try reader.value() }
        if more & More.keys != 0 { keys = try reader.value() }
    }
}
