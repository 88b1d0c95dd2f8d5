import AuthorizationCore
import CardCryptography
import Foundation

/// A place where a client may go on reading.
protocol SealedPosition {
    /// Keeps the cursors of one kind from being taken for another's.
    static var label: String { get }
    /// Bytes of each.
    static var length: Int { get }

    var bytes: [UInt8] { get }

    init(_ reader: inout ByteReader) throws(JournalError)
}

/// Makes positions opaque, and refuses ones that this server did not make for this tenant.
struct CursorSeal: Sendable {
    /// Bytes of the code: half of HMAC-SHA-256, as RFC 2104 section 5 allows.
    private static let codeLength = 16
    /// Characters of the longest cursor.
    static let longestText = 96

    let key: SecretKey
    let tenant: TenantID

    func close<Position: SealedPosition>(_ position: Position) throws -> String {
        let bytes = position.bytes
        return Data(bytes + (try code(for: bytes, Position.label))).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    func open<Position: SealedPosition>(_ text: String) -> Position? {
        guard text.utf8.count <= Self.longestText, text.utf8.allSatisfy(Self.alphabet.contains) else { return nil }
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: plain + padding) else { return nil }
        let bytes = [UInt8](data)
        guard bytes.count == Position.length + Self.codeLength else { return nil }
        let position = Array(bytes.prefix(Position.length))
        guard let expected = try? code(for: position, Position.label) else { return nil }
        guard Digest.areEqual(expected, Array(bytes.suffix(Self.codeLength))) else { return nil }
        var reader = ByteReader(position)
        return try? Position(&reader)
    }

    /// The place that a parameter names; nil when it is left out.
    ///
    /// - Throws: `Problem` 422 when this server did not make it for this tenant and this list.
    func position<Position: SealedPosition>(in query: QueryReader, _ name: String) throws -> Position? {
        guard let text = query.optional(name, "a cursor", { $0 }) else { return nil }
        guard let position: Position = open(text) else { throw Problem.cursorRefused(.parameter(name)) }
        return position
    }

    private static let alphabet = ASCII.alphanumerics.union("-_".utf8)

    private func code(for position: [UInt8], _ label: String) throws -> [UInt8] {
        Array(try Digest.hmac(Array(label.utf8) + tenant.bytes + position, key: key).prefix(Self.codeLength))
    }
}

extension Problem {
    /// Of a place that means nothing here, or not any more.
    static func cursorRefused(_ place: FieldError.Place) -> Problem {
        let detail = "It is no cursor of this list, or the ledger was restored or moved since."
        return Problem(
            .cursorRefused,
            "Begin anew, events with `occurred_from`.",
            errors: [FieldError(place: place, detail: detail)]
        )
    }
}
