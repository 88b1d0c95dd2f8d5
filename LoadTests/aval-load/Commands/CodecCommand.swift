import ArgumentParser
import ISO8583

struct CodecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codec",
        abstract: "Time the codec: a 0100 of 20 elements, on one thread.",
        discussion: """
            Needs no running Aval. Prints nanoseconds for one message each way: the least of the runs, which is what \
            the code takes when nothing else is on the machine, and their median.
            """
    )

    @Option(help: "A built-in dialect.")
    var dialect = "iso87-ascii-hexbitmap"

    @Option(help: "Runs each way.")
    var runs = 15

    @Option(help: "Messages in a run.")
    var count = 200_000

    func validate() throws {
        guard Dialect.named(dialect) != nil else {
            throw ValidationError("dialects: " + Dialect.builtIn.map(\.name).joined(separator: ", "))
        }
        guard (1...1_000).contains(runs), (1...100_000_000).contains(count) else {
            throw ValidationError("--runs must be 1 to 1000, --count 1 to 100000000")
        }
    }

    func run() throws {
        guard let dialect = Dialect.named(dialect) else { preconditionFailure("validated") }
        let message = Self.message()
        let packed = try Codec.encode(message, dialect: dialect)
        guard try Codec.decode(packed, dialect: dialect) == message else {
            throw Problem("the message does not survive \(dialect.name)")
        }
        print("\(dialect.name): \(message.messageType), \(message.elements.count) elements, \(packed.count) bytes")
        report("parse", try times { try Codec.decode(packed, dialect: dialect).elements.count })
        report("build", try times { try Codec.encode(message, dialect: dialect).count })
    }

    /// Nanoseconds a message, a run each, ascending.
    private func times(_ work: () throws -> Int) throws -> [Double] {
        // What comes out is used, or the optimizer would leave the work out.
        var sum = 0
        let times = try (0..<runs).map { _ in
            let start = ContinuousClock.now
            for _ in 0..<count { sum &+= try work() }
            return (ContinuousClock.now - start) / .nanoseconds(count)
        }
        guard sum != 0 else { throw Problem("the messages were empty") }
        return times.sorted()
    }

    private func report(_ name: String, _ times: [Double]) {
        print("\(name)  min \(Int(times[0])) ns  median \(Int(times[times.count / 2])) ns")
    }

    /// 435 bytes in the standard dialect, with track 2 and ICC data as a chip terminal sends them.
    private static func message() -> Message {
        var message = Message(100)
        let texts: [(element: Int, value: String)] = [
            (2, "9900001234567890123"), (3, "000000"), (4, "000000002500"), (7, "1121103000"), (11, "000042"),
            (12, "103000"), (13, "1121"), (14, "3012"), (18, "5812"), (19, "724"), (22, "051"), (25, "00"),
            (32, "400001"), (35, "9900001234567890123=30122010000000000"), (37, "632510000042"), (41, "TERM0001"),
            (42, "CAFE-1         "), (43, "Cafe Aval                Madrid       ES"), (49, "978"),
        ]
        for (element, value) in texts { message.set(element, text: value) }
        message.set(55, bytes: Self.chipData)
        return message
    }

    /// The data objects of EMV Book 3 that an online authorization needs.
    private static let chipData: [UInt8] = {
        let objects: [(tag: UInt32, length: Int)] = [
            (0x9F26, 8), (0x9F27, 1), (0x9F10, 7), (0x9F37, 4), (0x9F36, 2), (0x95, 5), (0x9A, 3), (0x9C, 1),
            (0x9F02, 6), (0x5F2A, 2), (0x82, 2), (0x9F1A, 2), (0x9F03, 6), (0x9F34, 3), (0x9F33, 3),
            (0x9F41, 4),
        ]
        var bytes: [UInt8] = []
        for (tag, length) in objects {
            TLV.append(tag, (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }, to: &bytes)
        }
        return bytes
    }()
}
