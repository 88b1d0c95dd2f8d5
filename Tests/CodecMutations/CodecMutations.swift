import Foundation
import ISO8583

/// Mutates messages and holds the codec to its promises: any bytes give a message or an error inside them, and what
/// decodes encodes and decodes to the same message.
package struct CodecMutations<Generator: RandomNumberGenerator> {
    private let corpus: [MutationSample]
    private let dialects: [Dialect]
    private var generator: Generator

    /// How many mutated messages still were messages.
    package private(set) var decoded = 0
    /// The first messages with which a promise was broken: dialect, bytes in hex, what was wrong.
    package private(set) var failures: [String] = []
    private static var maximumFailures: Int { 20 }

    /// - Parameter corpus: not empty.
    package init(corpus: [MutationSample], generator: Generator) {
        precondition(!corpus.isEmpty, "nothing to mutate")
        self.corpus = corpus
        self.dialects = Dialect.builtIn + [.unusual]
        self.generator = generator
    }

    /// Tries so many mutated messages.
    package mutating func run(_ count: Int) {
        for round in 0..<count {
            let sample = corpus[Int.random(in: corpus.indices, using: &generator)]
            // Now and then the bytes of one dialect are read as another's.
            let isForeign = Int.random(in: 0..<20, using: &generator) == 0
            let dialect =
                isForeign ? dialects[Int.random(in: dialects.indices, using: &generator)] : sample.dialect
            check(mutated(sample.bytes, &generator), dialect, printing: round % 64 == 0)
        }
    }

    /// Checks one message.
    ///
    /// - Parameter printing: also makes its texts for logs and storage, which takes much longer.
    package mutating func check(_ bytes: [UInt8], _ dialect: Dialect, printing: Bool) {
        do throws(DecodeError) {
            let message = try Codec.decode(bytes, dialect: dialect)
            decoded += 1
            if printing { use(message, dialect) }
            guard let packed = try? Codec.encode(message, dialect: dialect) else {
                return fail(bytes, dialect, "does not encode")
            }
            if (try? Codec.decode(packed, dialect: dialect)) != message {
                fail(bytes, dialect, "is not the same again")
            }
        } catch {
            if error.offset < 0 || error.offset > bytes.count { fail(bytes, dialect, "has its fault outside") }
            if printing, let partial = error.partial { use(partial, dialect) }
        }
    }

    private func use(_ message: Message, _ dialect: Dialect) {
        _ = message.description
        _ = message.storable(allowing: .standard, dialect: dialect)
        _ = message.unknownParts(dialect: dialect)
    }

    private mutating func fail(_ bytes: [UInt8], _ dialect: Dialect, _ problem: String) {
        guard failures.count < Self.maximumFailures else { return }
        failures.append("\(dialect.name) \(hexText(bytes)) \(problem)")
    }
}

/// A message to start from.
package struct MutationSample: Sendable {
    package var bytes: [UInt8]
    package var dialect: Dialect

    package init(bytes: [UInt8], dialect: Dialect) {
        self.bytes = bytes
        self.dialect = dialect
    }

    /// Those of `messages.json`, `messages-edge.json` and `messages-malformed.json` in a folder.
    package static func load(from directory: URL) throws -> [MutationSample] {
        struct File: Decodable {
            struct Vector: Decodable {
                var packed: String
                var profile: String
            }
            var vectors: [Vector]
        }
        return try ["messages", "messages-edge", "messages-malformed"].flatMap { name in
            let data = try Data(contentsOf: directory.appendingPathComponent("\(name).json"))
            return try JSONDecoder().decode(File.self, from: data).vectors.map { vector in
                // One published vector names its profile in words.
                let dialect = Dialect.named(vector.profile) ?? .iso87ASCIIHexBitmap
                return MutationSample(bytes: hexBytes(vector.packed) ?? [], dialect: dialect)
            }
        }
    }
}

extension Dialect {
    /// With what no built-in dialect has: three bit maps, a fallback, indicators that count packed bytes, F as pad.
    fileprivate static var unusual: Dialect {
        var dialect = Dialect.iso87BCD
        dialect.name = "unusual"
        dialect.maximumBitmaps = 3
        for element in 46...48 { dialect.undefine(element) }
        dialect.fallback = ElementSpec(.binary, .binary, maximum: 255, prefix: LengthPrefix(.binary, width: 1))
        for element in [2, 32, 33, 35] {
            guard var spec = dialect.spec(of: element) else { continue }
            spec.prefix = LengthPrefix(.binary, width: 1, counts: .bytes)
            spec.padding = .rightF
            try? dialect.define(element, spec)
        }
        return dialect
    }
}
