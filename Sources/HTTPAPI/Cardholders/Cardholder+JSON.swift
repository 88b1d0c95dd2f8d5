import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583

extension Cardholder {
    /// Without the name: what changes answer is kept for repeats, and a name is to be kept sealed alone.
    var fields: [(name: String, value: JSONOutput)] {
        [
            ("id", .text(id.description)),
            ("reference", .optional(reference) { .text($0) }),
            ("status", .text(status.name)),
            ("created_at", .text(Timestamp.text(createdAt))),
            ("erased_at", .optional(erasedAt) { .text(Timestamp.text($0)) }),
        ]
    }

    func json(_ vault: PANVault) throws -> JSONOutput {
        let name = try name?.open(of: id, vault).withExposedText { JSONOutput.text($0) }
        return .object(fields + [("embossed_name", name ?? .null)])
    }
}

/// A client's own identifier of a cardholder. One that holds a card number is none.
enum CardholderReference {
    static let expectation = "1 to 64 visible ASCII characters, and no card number"

    static func read(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        let isVisible = bytes.allSatisfy { (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) }
        return (1...64).contains(bytes.count) && isVisible && !text.holdsCardNumber ? text : nil
    }
}

extension FieldType where Value == String {
    static var cardholderReference: FieldType { .text(CardholderReference.expectation, CardholderReference.read) }
}

extension FieldType where Value == EmbossedName {
    static var embossedName: FieldType {
        .text("2 to 26 of A to Z, 0 to 9, space and .'-/, without a space at either end") {
            $0.holdsCardNumber ? nil : EmbossedName($0)
        }
    }
}

extension Problem {
    static var cardholderNotFound: Problem {
        Problem(.cardholderNotFound, "Check the cardholder's id; one of another tenant is as unknown.")
    }

    static var cardholderNotActive: Problem {
        Problem(.cardholderNotActive, "Make the cardholder active again, or leave `cardholder_id` out.")
    }
}
