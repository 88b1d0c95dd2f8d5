import AuthorizationEngine

/// What is wanted of an API key's addresses and rate. What is left out is nil.
struct APIKeyWishes {
    let addresses: [AddressRange]?
    let rate: RateLimit?

    init(_ fields: ObjectReader) {
        addresses = fields.optional("addresses", .list(of: .addressRange, 1...AddressRange.largestCount))
        rate = fields.optional("rate", .rateLimit)
    }
}

/// A key to make.
struct APIKeyCreation {
    let label: String
    private let scopes: [APIScope]?
    private let wishes: APIKeyWishes

    init(_ request: APIRequest) throws {
        let errors = FieldErrors()
        let fields = try request.fields(["label", "scopes", "addresses", "rate"], errors)
        let text = FieldType.characters(1...64, "1 to 64 printable ASCII characters", ASCII.printable)
        let label = fields.required("label", text.withoutCardNumbers)
        scopes = fields.optional("scopes", .list(of: .scope, 1...APIScope.allCases.count))
        wishes = APIKeyWishes(fields)
        self.label = try errors.require(label)
    }

    /// - Parameter own: those of the key that makes it, of which it has what is left out; nil for an operator.
    func terms(own: APIKeyTerms?) -> APIKeyTerms {
        APIKeyTerms(
            scopes: scopes.map(Set.init) ?? own?.scopes,
            addresses: wishes.addresses ?? own?.addresses,
            rate: wishes.rate ?? own?.rate
        )
    }
}

/// Other addresses, or another rate, or both. Taking a limit off is said, not left out.
struct APIKeyChange {
    let parts: Set<APIKeyTerms.Part>
    private let wishes: APIKeyWishes

    init(_ request: APIRequest) throws {
        let errors = FieldErrors()
        let fields = try request.fields(["addresses", "from_everywhere", "rate", "usual_rate"], errors)
        wishes = APIKeyWishes(fields)
        let pairs: [(set: String, unset: String, part: APIKeyTerms.Part)] = [
            ("addresses", "from_everywhere", .addresses), ("rate", "usual_rate", .rate),
        ]
        var parts: Set<APIKeyTerms.Part> = []
        for (set, unset, part) in pairs {
            if fields.has(unset) {
                _ = fields.required(unset, .trueOnly)
                if fields.has(set) { errors.add("/\(unset)", "Give this or `\(set)`.") }
            }
            if fields.has(set) || fields.has(unset) { parts.insert(part) }
        }
        if parts.isEmpty { errors.add("", "Say what is to change.") }
        self.parts = parts
        try errors.check()
    }

    func terms(after terms: APIKeyTerms) -> APIKeyTerms {
        var terms = terms
        if parts.contains(.addresses) { terms.addresses = wishes.addresses }
        if parts.contains(.rate) { terms.rate = wishes.rate }
        return terms
    }
}

extension FieldType where Value == APIScope {
    fileprivate static var scope: FieldType {
        let names = APIScope.allCases.map(\.rawValue).joined(separator: ", ")
        return .text("one of: \(names)") { APIScope(rawValue: $0) }
    }
}

extension FieldType where Value == AddressRange {
    fileprivate static var addressRange: FieldType {
        .text("addresses such as 203.0.113.0/24 or 2001:db8::/32, with zeros behind the length") { AddressRange($0) }
    }
}

extension FieldType where Value == Bool {
    fileprivate static var trueOnly: FieldType {
        FieldType { value, pointer, errors in
            guard case .boolean(true) = value else {
                errors.add(pointer, "Expected true; leave it out otherwise.")
                return nil
            }
            return true
        }
    }
}

extension FieldType where Value == RateLimit {
    /// `{"per_second": 10, "burst": 20}`; without `burst` as many at once as in a second.
    fileprivate static var rateLimit: FieldType {
        FieldType { value, pointer, errors in
            guard let fields = ObjectReader(value, at: pointer, fields: ["per_second", "burst"], errors) else {
                return nil
            }
            let (rates, bursts) = (RateLimit.ratesPerSecond, RateLimit.bursts)
            let rate = fields.required("per_second", .integer(Int64(rates.lowerBound)...Int64(rates.upperBound)))
            let burst = fields.optional("burst", .integer(Int64(bursts.lowerBound)...Int64(bursts.upperBound)))
            guard let rate else { return nil }
            return RateLimit(perSecond: Int32(clamping: rate), burst: Int32(clamping: burst ?? rate))
        }
    }
}
