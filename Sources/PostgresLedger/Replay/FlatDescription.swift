import AuthorizationCore

/// Values as lines of path and text, so that two sides can be shown by what differs between them.
///
/// Only for types of the core, which hold no secret.
enum FlatDescription {
    typealias Line = (path: String, text: String)

    /// Parts shown of one difference; the rest is counted.
    static let partLimit = 12

    static func lines(of value: Any, at path: String = "") -> [Line] {
        if let text = leaf(value) { return [(path, text)] }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional:
            guard let wrapped = mirror.children.first?.value else { return [(path, "none")] }
            return lines(of: wrapped, at: path)
        case .enum:
            guard let payload = mirror.children.first else { return [(path, "\(value)")] }
            let name = payload.label ?? ""
            return [(path, name)] + lines(of: payload.value, at: joined(path, name))
        case .collection, .set, .dictionary:
            return [(joined(path, "count"), "\(mirror.children.count)")]
                + mirror.children.enumerated().flatMap { lines(of: $1.value, at: "\(path)[\($0)]") }
        default:
            return mirror.children.flatMap { lines(of: $0.value, at: joined(path, $0.label ?? "")) }
        }
    }

    /// What differs between two values of one type, as a text for each side.
    static func differences(_ left: Any, _ right: Any) -> (left: String, right: String) {
        let leftLines = lines(of: left)
        let rightLines = lines(of: right)
        let leftTexts = Dictionary(leftLines.map { ($0.path, $0.text) }, uniquingKeysWith: { first, _ in first })
        let rightTexts = Dictionary(rightLines.map { ($0.path, $0.text) }, uniquingKeysWith: { first, _ in first })
        return (
            text(of: leftLines.filter { rightTexts[$0.path] != $0.text }),
            text(of: rightLines.filter { leftTexts[$0.path] != $0.text })
        )
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }

    private static func text(of lines: [Line]) -> String {
        if lines.isEmpty { return "nothing" }
        let shown = lines.prefix(partLimit).map { $0.path.isEmpty ? $0.text : "\($0.path): \($0.text)" }
        let more = lines.count > partLimit ? " and \(lines.count - partLimit) more" : ""
        return shown.joined(separator: ", ") + more
    }

    private static func joined(_ path: String, _ label: String) -> String {
        // Payloads of several values have labels such as `.0`.
        let label = label.hasPrefix(".") ? String(label.dropFirst()) : label
        return path.isEmpty || label.isEmpty ? path + label : path + "." + label
    }

    private static func leaf(_ value: Any) -> String? {
        switch value {
        case let bytes as [UInt8]: hexadecimal(bytes)
        case let currency as Currency: currency.alphabetic
        case let instant as Instant: "\(instant.microseconds) µs"
        case let text as String: "\"\(text)\""
        case let expiry as ExpiryMonth: "\(expiry.yearMonth)"
        case let number as any FixedWidthInteger: "\(number)"
        case let flag as Bool: "\(flag)"
        case let identifier as any CustomStringConvertible & IdentifierText: identifier.description
        default: nil
        }
    }
}

/// Any identifier, whatever it names.
private protocol IdentifierText {}
extension Identifier: IdentifierText {}
