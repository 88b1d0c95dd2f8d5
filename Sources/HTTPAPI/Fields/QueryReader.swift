/// Reads the query of a request (`application/x-www-form-urlencoded`): each parameter at most once, none unknown.
struct QueryReader {
    private let values: [String: String]
    private let errors: FieldErrors

    init(_ query: String?, parameters: Set<String>, _ errors: FieldErrors) {
        self.errors = errors
        var values: [String: String] = [:]
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.decode(parts[0]) ?? ""
            guard parameters.contains(name) else {
                errors.add(parameter: name.isPlainName ? name : "", "This parameter is not known here.")
                continue
            }
            guard let value = Self.decode(parts.count > 1 ? parts[1] : "") else {
                errors.add(parameter: name, "The percent encoding is broken or does not give UTF-8.")
                continue
            }
            if values.updateValue(value, forKey: name) != nil {
                errors.add(parameter: name, "Give this parameter once.")
            }
        }
        self.values = values
    }

    /// Nil when the parameter is absent or wrong.
    func optional<Value>(_ name: String, _ expectation: String, _ convert: (String) -> Value?) -> Value? {
        guard let text = values[name] else { return nil }
        guard let value = convert(text) else {
            errors.add(parameter: name, "Expected \(expectation).")
            return nil
        }
        return value
    }

    /// Elements on a page of a listing, from `limit`: 1 to 1,000, else 100.
    func pageSize() -> Int {
        let sizes = 1...1_000
        let size = optional("limit", "an integer from 1 to \(sizes.upperBound)") { text in
            text.utf8.count <= 4 && text.utf8.allSatisfy(ASCII.digits.contains)
                ? Int(text).flatMap { sizes.contains($0) ? $0 : nil } : nil
        }
        return size ?? 100
    }

    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let unit = rest.popFirst() {
            switch unit {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard rest.count >= 2, rest.prefix(2).allSatisfy(ASCII.hexadecimals.contains),
                    let byte = UInt8(Substring(rest.prefix(2)), radix: 16)
                else { return nil }
                bytes.append(byte)
                rest = rest.dropFirst(2)
            default: bytes.append(unit)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
