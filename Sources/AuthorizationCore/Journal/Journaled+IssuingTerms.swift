extension IssuingTerms: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(unsigned: UInt64(networks.count))
        for network in networks { writer.write(network) }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init()
        for _ in 0..<(try reader.count()) {
            let name = try reader.text()
            guard Self.isNetworkName(name), networks.last.map({ $0 < name }) ?? true else {
                throw reader.failure("no such network")
            }
            networks.append(name)
        }
        guard self != IssuingTerms() else { throw reader.failure("terms of nothing") }
    }
}
