extension IssuingTerms: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(unsigned: UInt64(networks.count))
        for network in networks { writer.write(network) }
        writer.write(products)
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
        products = try reader.values()
        guard Set(products.map(\.name)).count == products.count else { throw reader.failure("two products of a name") }
        guard self != IssuingTerms() else { throw reader.failure("terms of nothing") }
    }
}

extension CardProduct: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(name)
        writer.write(form)
        writer.write(Int64(useLimit ?? 0))
        writer.write(limits)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let name = try reader.text()
        guard Self.isName(name) else { throw reader.failure("no such product") }
        self.init(name: name, form: try reader.value())
        useLimit = try CardTerms.useLimit(from: &reader)
        limits = try reader.values()
    }
}

extension CardProduct.Limits: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(currency)
        writer.write(transaction)
        writer.write(daily)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(currency: try reader.value(), transaction: try reader.int64(), daily: try reader.int64())
    }
}
