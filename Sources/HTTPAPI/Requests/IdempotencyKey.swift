import AuthorizationEngine
import HTTPTypes
import Hummingbird

enum IdempotencyKey {
    static let header = "Idempotency-Key"

    /// The header's value; nil when there is none.
    static func read(_ headers: HTTPFields) throws -> String? {
        guard let name = HTTPField.Name(header) else { return nil }
        let values = headers[values: name]
        guard let value = values.first else { return nil }
        let length = 1...Limits.idempotencyKeyLength
        guard values.count == 1, length.contains(value.utf8.count), value.utf8.allSatisfy(ASCII.visible.contains)
        else {
            let detail = "Expected one value of 1 to \(length.upperBound) visible ASCII characters."
            throw Problem.invalid([FieldError(place: .header(header), detail: detail)])
        }
        return value
    }
}
