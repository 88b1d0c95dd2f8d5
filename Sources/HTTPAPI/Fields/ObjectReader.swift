/// Gathers everything that is wrong with a request, so that it is told at once.
final class FieldErrors {
    /// Errors that are told of one request; those beyond it are found when these are mended.
    static let largestCount = 100

    private(set) var list: [FieldError] = []

    func add(_ pointer: String, _ detail: String) { add(FieldError(place: .pointer(pointer), detail: detail)) }

    func add(parameter name: String, _ detail: String) { add(FieldError(place: .parameter(name), detail: detail)) }

    private func add(_ error: FieldError) {
        if list.count < Self.largestCount { list.append(error) }
    }

    /// - Throws: the problem with all that was gathered, if anything was.
    func check() throws {
        guard list.isEmpty else { throw Problem.invalid(list) }
    }

    /// A value that is there whenever nothing is wrong.
    func require<Value>(_ value: Value?) throws -> Value {
        try check()
        guard let value else { preconditionFailure("a field without a value left no error") }
        return value
    }
}

/// What a field may hold: turns a JSON value into a typed one, or says what is wrong.
struct FieldType<Value> {
    /// Nil when it added an error for the pointer.
    let read: (_ value: JSONValue, _ pointer: String, _ errors: FieldErrors) -> Value?

    /// A type made from strings.
    static func text(_ expectation: String, _ convert: @escaping (String) -> Value?) -> FieldType {
        FieldType { value, pointer, errors in
            guard case .text(let text) = value else {
                errors.add(pointer, "Expected \(expectation), got \(value.kind).")
                return nil
            }
            guard let converted = convert(text.string) else {
                errors.add(pointer, "Expected \(expectation).")
                return nil
            }
            return converted
        }
    }
}

/// Reads the fields of one JSON object.
struct ObjectReader {
    private let members: [JSONValue.Member]
    private let pointer: String
    private let errors: FieldErrors

    /// Nil when the value is no object; that and unknown fields are added to the errors.
    init?(_ value: JSONValue, at pointer: String = "", fields: Set<String>, _ errors: FieldErrors) {
        guard case .object(let members) = value else {
            errors.add(pointer, "Expected an object, got \(value.kind).")
            return nil
        }
        self.members = members
        self.pointer = pointer
        self.errors = errors
        for member in members where !fields.contains(member.name) {
            let place = member.name.isPlainName ? "\(pointer)/\(member.name)" : pointer
            errors.add(place, "This field is not known here.")
        }
    }

    func has(_ name: String) -> Bool { value(name) != nil }

    func required<Value>(_ name: String, _ type: FieldType<Value>) -> Value? {
        guard let value = value(name) else {
            errors.add("\(pointer)/\(name)", "This field is required.")
            return nil
        }
        return type.read(value, "\(pointer)/\(name)", errors)
    }

    /// Nil when the field is absent or wrong. Null is wrong: what is not meant is left out.
    func optional<Value>(_ name: String, _ type: FieldType<Value>) -> Value? {
        value(name).flatMap { type.read($0, "\(pointer)/\(name)", errors) }
    }

    private func value(_ name: String) -> JSONValue? { members.first { $0.name == name }?.value }
}

extension String {
    /// A name that nobody knows is only repeated when it cannot be a number in the wrong place.
    var isPlainName: Bool {
        utf8.count <= 40
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
