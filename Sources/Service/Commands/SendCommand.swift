import ArgumentParser
import CardNetwork
import Foundation
import ISO8583
import NetworkSimulator

struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send one ISO 8583 message to a listening Aval and print its answer, masked.",
        discussion: """
            Elements are given as NUMBER=VALUE, binary ones in hexadecimal; mti=0100 is the message type. Those that \
            are not given are filled in: 7 and 12 are now, 11 is drawn, and so is 37, 3 is 000000, 32 is 1, and 49 is \
            978. By edition: 1987 has 13 too, and an 0800 is an echo, 301 in 70; 1993 starts from mti=1100, has the \
            date in 12, and in 24 what the message is: 100, of a 12xx 200, of a 14xx 400, of a 1804 831.

            The answer is the first that has the message's 11; whatever else comes is said on standard error and \
            skipped. Status 1 says that none came, or why nothing was sent. A card number comes from --pan-file (`-` \
            is standard input); on the command line only numbers of the test range 990000 are taken, because other \
            users of the machine see command lines. Messages have no MAC; `aval network-sim` makes them.

              aval send --pan-file card.txt mti=0100 3=000000 4=1000 18=5411
              aval send --dialect iso93-bcd-ascii mti=1804
            """
    )

    @Option(help: "Address of the ISO 8583 door.")
    var host = "127.0.0.1"

    @Option(help: "Port of the ISO 8583 door.")
    var port: Int?

    @Option(help: "A built-in dialect (`aval dialect list`), or FILE#NAME.")
    var dialect = "iso87-ascii-hexbitmap"

    @Option(help: "A file with the card number, or `-` for standard input.")
    var panFile: String?

    @Option(help: "Seconds to wait for the answer.")
    var timeout: Int64 = 10

    @Argument(help: "mti=… (0100; in 1993 1100) and elements.")
    var elements: [String] = []

    func run() async throws {
        let (settings, _) = try await startUp()
        do {
            let dialect = try Dialect(argument: dialect)
            let message = try MessageArguments(elements, pan: try readPAN(), dialect: dialect).message
            let port = try port ?? settings.number(.networkPort)
            let packed = try Codec.encode(message, dialect: dialect)
            let client = try await connect(port, dialect.framing)
            announce("sent     \(message)")
            let answer = try await client.exchange(packed, within: .seconds(timeout)) { bytes in
                Self.answer(bytes, to: message, dialect)
            }
            announce("received \(answer)")
        } catch {
            throw fail("\(error)")
        }
    }

    private func connect(_ port: Int, _ framing: FrameFormat) async throws -> NetworkClient {
        do {
            return try await NetworkClient.connect(host: host, port: port, framing: framing)
        } catch {
            throw Settings.Problem(description: "\(host):\(port): \(reason(error))")
        }
    }

    /// Says what came if it is no answer.
    private static func answer(_ bytes: [UInt8], to sent: Message, _ dialect: Dialect) -> Message? {
        let skipped: String
        do throws(DecodeError) {
            let came = try Codec.decode(bytes, dialect: dialect)
            if came.messageType.isResponse, came.bytes(of: 11) == sent.bytes(of: 11) { return came }
            skipped = "\(came)"
        } catch {
            skipped = "\(error)"
        }
        FileHandle.standardError.write(Data("skipped  \(skipped)\n".utf8))
        return nil
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
