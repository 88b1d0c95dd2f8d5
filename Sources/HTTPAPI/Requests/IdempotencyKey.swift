import AuthorizationEngine
import HTTPTypes
import Hummingbird
import ISO8583

enum IdempotencyKey {
    static let header = "Idempotency-Key"

    /// The header's value; nil when there is none and the operation can do without.
    static func read(_ headers: HTTPFields, for operation: APIOperation) throws -> String? {
        guard operation.method == .post, let name = HTTPField.Name(header) else { return nil }
        let values = headers[values: name]
        guard let value = values.first else {
            guard operation.needsIdempotencyKey else { return nil }
            let detail = "Give this request a key, and send the same one with each repeat: it must be done once only."
            throw Problem.invalid([FieldError(place: .header(header), detail: detail)])
        }
        let length = 1...Limits.idempotencyKeyLength
        guard values.count == 1, length.contains(value.utf8.count), value.utf8.allSatisfy(ASCII.visible.contains)
        else {
            let detail = "Expected one value of 1 to \(length.upperBound) visible ASCII characters."
            throw Problem.invalid([FieldError(place: .header(header), detail: detail)])
        }
        guard !value.holdsCardNumber else {
            let detail = "It has a card number in it, or digits that pass for one: it is kept, so choose another key."
            throw Problem.invalid([FieldError(place: .header(header), detail: detail)])
        }
        return value
    }
}
