import ArgumentParser
import CardNetwork
import Foundation
import ISO8583

struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send one ISO 8583 message to a listening Aval and print its answer, masked.",
        discussion: """
            Elements are given as NUMBER=VALUE, binary ones in hexadecimal; mti=0100 is the message type. Without \
            them, 7 and 12 and 13 are now, 11 and 37 are drawn, 32 is 1, and 49 is 978. A card number comes from \
            --pan-file (`-` is standard input); on the command line only numbers of the test range 990000 are taken, \
            because other users of the machine see command lines.

              aval send --pan-file card.txt mti=0100 3=000000 4=1000 18=5411
            """
    )

    @Option(help: "Address of the ISO 8583 door.")
    var host = "127.0.0.1"

    @Option(help: "Port of the ISO 8583 door.")
    var port: Int?

    @Option(help: "A built-in dialect, or FILE#NAME.")
    var dialect = "iso87-ascii-hexbitmap"

    @Option(help: "A file with the card number, or `-` for standard input.")
    var panFile: String?

    @Option(help: "Seconds to wait for the answer.")
    var timeout: Int64 = 10

    @Argument(help: "mti=0100 and elements.")
    var elements: [String] = []

    func run() async throws {
        let (settings, _) = try await startUp()
        do {
            let dialect = try Dialect(argument: dialect)
            let message = try MessageArguments(elements, pan: try readPAN(), dialect: dialect).message
            let port = try port ?? settings.number(.networkPort)
            let client = try await NetworkClient.connect(host: host, port: port, framing: dialect.framing)
            announce("sent     \(message)")
            let packed = try Codec.encode(message, dialect: dialect)
            let answer = try await client.exchange(packed, within: .seconds(timeout))
            announce("received \(try Codec.decode(answer, dialect: dialect))")
        } catch {
            throw fail("\(error)")
        }
    }

    private func readPAN() throws -> [UInt8]? {
        guard let panFile else { return nil }
        let content: Data? =
            panFile == "-"
            ? FileHandle.standardInput.readData(ofLength: 64) : FileManager.default.contents(atPath: panFile)
        guard let content, content.count <= 64 else {
            throw Settings.Problem(description: "--pan-file: \(panFile) cannot be read as a card number")
        }
        let digits = content.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: " ") }
        guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }) else {
            throw Settings.Problem(description: "--pan-file: \(panFile) holds something else than digits")
        }
        return Array(digits)
    }
}

/// A message made from `NUMBER=VALUE` arguments.
struct MessageArguments {
    let message: Message

    init(_ arguments: [String], pan: [UInt8]?, dialect: Dialect, now: Date = Date()) throws {
        var type = "0100"
        var fields: [String: String] = [:]
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw Settings.Problem(description: "\(argument) is not NUMBER=VALUE") }
            if parts[0] == "mti" { type = parts[1] } else { fields[parts[0]] = parts[1] }
        }
        for (element, value) in fields where ["2", "35"].contains(element) && !value.hasPrefix(DemoCommand.bin) {
            throw Settings.Problem(
                description: "element \(element) holds a card number outside the test range: use --pan-file"
            )
        }
        if let pan { fields["2"] = String(decoding: pan, as: UTF8.self) }
        for (element, value) in Self.standardFields(type, now) where fields[element] == nil {
            fields[element] = value
        }
        for (element, width) in [("4", 12), ("6", 12), ("11", 6)] {
            guard let value = fields[element], value.count < width else { continue }
            fields[element] = String(repeating: "0", count: width - value.count) + value
        }
        message = try Message(type, canonicalFields: fields, dialect: dialect)
    }

    private static func standardFields(_ type: String, _ now: Date) -> [String: String] {
        func text(_ format: String) -> String {
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = .gmt
            formatter.dateFormat = format
            return formatter.string(from: now)
        }
        let trace = String(Int.random(in: 100_000...999_999))
        if type.hasPrefix("08") { return ["7": text("MMddHHmmss"), "11": trace, "70": "301"] }
        return [
            "3": "000000", "7": text("MMddHHmmss"), "11": trace, "12": text("HHmmss"), "13": text("MMdd"), "32": "1",
            "37": text("HHmmss") + trace, "49": "978",
        ]
    }
}
