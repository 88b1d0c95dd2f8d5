import ArgumentParser
import Foundation
import ISO8583

struct DescribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Read ISO 8583 messages in hexadecimal from standard input, one a line, and print what they hold.",
        discussion: """
            Prints one line for each: card data masked, all that says nothing of the cardholder in clear, then the \
            elements and tags that the dialect does not know. A line that is no message gives an error line, and \
            reading goes on; the exit status is then 1.

            With --json every value is shown, card numbers too: use it for test messages only. The line is \
            {"mti":…,"fields":{…}}, as `aval encode` takes it, or {"error":{"class":…,"element":…,"offset":…,\
            "message":…}}; offsets are bytes from the start of the message, and `not_hex` is the class of a line that \
            is not hexadecimal.
            """
    )

    @Option(help: "A built-in dialect (see `aval dialect list`), or FILE#NAME.")
    var dialect: String

    @Flag(help: "Print JSON with everything in clear.")
    var json = false

    func run() throws {
        try answerLines(dialect: dialect) { line, dialect throws(LineError) in
            let message = try Self.message(line, dialect)
            return json ? message.json(dialect) : message.summary(dialect)
        } failure: { error in
            json ? error.json : "error \(error)"
        }
    }

    private static func message(_ line: String, _ dialect: Dialect) throws(LineError) -> Message {
        guard let bytes = hexBytes(line) else {
            throw LineError(class: "not_hex", message: "the line is not an even number of hex digits")
        }
        do throws(DecodeError) {
            return try Codec.decode(bytes, dialect: dialect)
        } catch {
            throw LineError(
                class: error.class.rawValue,
                element: error.element.description,
                offset: error.offset,
                message: error.message
            )
        }
    }
}

struct EncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Read messages as JSON from standard input, one a line, and print them in hexadecimal.",
        discussion: """
            A line is {"mti":"0100","fields":{"2":"…"}}, binary elements in hexadecimal: what `aval describe --json` \
            prints. One that cannot be encoded gives {"error":{…}}, and reading goes on; the exit status is then 1.
            """
    )

    @Option(help: "A built-in dialect (see `aval dialect list`), or FILE#NAME.")
    var dialect: String

    func run() throws {
        try answerLines(dialect: dialect) { line, dialect throws(LineError) in
            try Self.packed(line, dialect)
        } failure: { error in
            error.json
        }
    }

    private struct Line: Decodable {
        var mti: String
        var fields: [String: String]
    }

    private static func packed(_ text: String, _ dialect: Dialect) throws(LineError) -> String {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)) else {
            throw LineError(class: "not_a_message", message: #"the line is not {"mti":"…","fields":{"…":"…"}}"#)
        }
        do {
            let fields = line.fields.sorted { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) }
            let message = try Message(line.mti, canonicalFields: fields, dialect: dialect)
            return hexText(try Codec.encode(message, dialect: dialect))
        } catch let error as EncodeError {
            throw LineError(
                class: error.class.rawValue,
                element: error.element == 0 ? nil : String(error.element),
                message: error.class.explanation
            )
        } catch let error as CanonicalFieldError {
            throw LineError(error)
        } catch {
            throw LineError(class: "not_a_message", message: "\(error)")
        }
    }
}

/// Why a line has no answer.
struct LineError: Error, CustomStringConvertible {
    /// One of those of `DecodeError` and `EncodeError`, else `not_hex` or `not_a_message`.
    var `class`: String
    /// `MTI`, `bitmap1`, or an element's number.
    var element: String?
    /// Bytes from the start of the message.
    var offset: Int?
    /// Holds no data of the line.
    var message: String

    var description: String {
        let place = [element.map { "element \($0)" }, offset.map { "offset \($0)" }].compactMap { $0 }
        return "\(([self.class] + place).joined(separator: " ")): \(message)"
    }

    var json: String {
        let element = element.map(jsonText) ?? "null"
        let offset = offset.map(String.init) ?? "null"
        return #"{"error":{"class":\#(jsonText(self.class)),"element":\#(element),"offset":\#(offset),"#
            + #""message":\#(jsonText(message))}}"#
    }
}

extension LineError {
    fileprivate init(_ error: CanonicalFieldError) {
        switch error {
        case .badMessageType: self.init(class: "invalid_digit", element: "MTI", message: "\(error)")
        case .unknownElement(let name): self.init(class: "unknown_element", element: name, message: "\(error)")
        case .notHex(let element), .notLatin1(let element):
            self.init(class: "invalid_digit", element: String(element), message: "\(error)")
        }
    }
}

extension Message {
    /// MTI and all elements in clear.
    fileprivate func json(_ dialect: Dialect) -> String {
        let fields = canonicalFields(dialect: dialect).map { #""\#($0.element)":\#(jsonText($0.value))"# }
        return #"{"mti":"\#(messageType)","fields":{\#(fields.joined(separator: ","))}}"#
    }

    /// What may be kept of the message, and what the dialect does not know.
    fileprivate func summary(_ dialect: Dialect) -> String {
        let unknown = unknownParts(dialect: dialect).map(\.description)
        let rest = unknown.isEmpty ? "" : " unknown: \(unknown.joined(separator: ", "))"
        return storable(allowing: .standard, dialect: dialect) + rest
    }
}

/// A JSON string.
func jsonText(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": json += "\\\(scalar)"
        case ..<" ", "\u{7F}"..<"\u{A0}": json += "\\u00" + hexText([UInt8(truncatingIfNeeded: scalar.value)])
        default: json.unicodeScalars.append(scalar)
        }
    }
    return json + "\""
}

extension EncodeError.Class {
    fileprivate var explanation: String {
        switch self {
        case .unknownElement: "the dialect does not define the element"
        case .lengthExceedsMaximum: "the value is longer than the dialect allows"
        case .wrongLength: "the value is shorter than the element, and the dialect does not pad it"
        case .invalidDigit: "a character that the dialect does not allow in the element"
        case .messageTooLong: "the message is longer than any may be"
        }
    }
}
