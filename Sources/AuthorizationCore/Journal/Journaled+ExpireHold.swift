extension ExpireHold: Journaled {
    /// Announces the lifetimes that there are, so that a later form can have more.
    private static let form: UInt8 = 2
    /// The same lifetimes, of which that of uncertain holds shortened others.
    private static let shorteningForm: UInt8 = 1

    package func write(to writer: inout ByteWriter) {
        writer.write(authorization)
        writer.write(byte: lifetimes.uncertainShortens ? Self.shorteningForm : Self.form)
        for days in [lifetimes.finalAmount, lifetimes.preAuthorization, lifetimes.uncertain, lifetimes.instalment] {
            writer.write(Int64(days))
        }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let authorization: AuthorizationID = try reader.value()
        let form = try reader.byte()
        guard form == Self.form || form == Self.shorteningForm else { throw reader.failure("no such lifetimes") }
        var lifetimes = HoldLifetimes()
        lifetimes.uncertainShortens = form == Self.shorteningForm
        lifetimes.finalAmount = try reader.integer()
        lifetimes.preAuthorization = try reader.integer()
        lifetimes.uncertain = try reader.integer()
        lifetimes.instalment = try reader.integer()
        self.init(authorization, lifetimes)
    }
}
