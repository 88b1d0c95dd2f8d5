import Foundation
import ISO8583
import Testing

@testable import NetworkSimulator

@Suite struct `A message authentication code` {
    private struct Vectors: Decodable {
        struct Vector: Decodable {
            struct Input: Decodable {
                var key: String
                var data: String
                var padding_method: Int?
            }
            struct Output: Decodable {
                var mac8: String?
                var mac16: String?
            }
            var id: String
            var op: String
            var `in`: Input
            var out: Output
        }
        var count: Int
        var vectors: [Vector]
    }

    private static let algorithms: [String: MACCoverage.Algorithm] = [
        "iso9797_1_alg1_tdes_cbc": .cbc, "iso9797_1_alg3_retail": .retail, "aes_cmac": .cmacAES,
    ]

    @Test func `is that of the vectors`() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Vectors/crypto-mac.json")
        let vectors = try JSONDecoder().decode(Vectors.self, from: try Data(contentsOf: file))
        var ran = 0
        for vector in vectors.vectors {
            let algorithm = try #require(Self.algorithms[vector.op], "\(vector.op)")
            let code = MessageAuthentication.code(
                try #require(hexBytes(vector.in.data)),
                key: try #require(hexBytes(vector.in.key)),
                algorithm,
                paddingMethod: vector.in.padding_method ?? 1
            )
            #expect(code.map { hexText($0) } == vector.out.mac8 ?? vector.out.mac16, "\(vector.id)")
            ran += 1
        }
        #expect(ran == 17 && ran == vectors.count)
    }

    /// NIST SP 800-38B, appendix D.4 (examples 1 and 2 of three-key triple DES).
    @Test(arguments: [("", "B7A688E122FFAF95"), ("6BC1BEE22E409F96", "8E8F293136283797")])
    func `of triple DES is that of the publication`(_ data: String, _ expected: String) throws {
        let key = try #require(hexBytes("8AA83BF8CBDA10620BC1BF19FBB6CD58BC313D4A371CA8B5"))
        let bytes = try #require(hexBytes(data))
        let code = MessageAuthentication.code(bytes, key: key, .cmacTripleDES, paddingMethod: 1)
        #expect(code.map { hexText($0) } == expected)
    }

    @Test(
        arguments: [
            (.cbc, [8, 16, 24]), (.retail, [16]), (.cmacTripleDES, [16, 24]), (.cmacAES, [16, 24, 32]),
        ] as [(MACCoverage.Algorithm, Set<Int>)]
    )
    func `wants a key of its size`(_ algorithm: MACCoverage.Algorithm, _ sizes: Set<Int>) {
        for size in 0...40 {
            let key = (0..<size).map { UInt8($0 * 6) }
            let code = MessageAuthentication.code([1, 2, 3], key: key, algorithm, paddingMethod: 1)
            #expect((code != nil) == sizes.contains(size), "\(size) bytes")
        }
    }

    private static let key = "0123456789ABCDEFFEDCBA9876543210"
    private static let coverages: [MACCoverage] = [
        MACCoverage(bytes: .messageBeforeMAC, algorithm: .retail),
        MACCoverage(bytes: .elements([2, 4, 11, 39]), algorithm: .cbc, paddingMethod: 2, length: 4),
        MACCoverage(bytes: .messageBeforeMAC, algorithm: .cmacAES, length: 6),
    ]

    @Test(arguments: coverages, [ISO8583.Dialect.iso87ASCIIHexBitmap, .iso87BCD])
    func `is on what is sent and tells what was changed`(_ coverage: MACCoverage, _ dialect: Dialect) throws {
        var dialect = dialect
        dialect.mac = coverage
        let seal = try #require(MACSeal(dialect, sending: Self.key, receiving: Self.key))
        for (elements, element) in [([4: "1500", 11: "7"], 64), ([4: "1500", 11: "7", 70: "301"], 128)] {
            let sealed = try seal.sealed(try message(100, elements))
            #expect(sealed.contains(element) && sealed.elements.count == elements.count + 1)
            let packed = try Codec.encode(sealed, dialect: dialect)
            let came = try Codec.decode(packed, dialect: dialect)
            #expect(seal.isGood(came, packed))
            var changed = came
            changed.set(4, text: "000000001501")
            #expect(!seal.isGood(changed, try Codec.encode(changed, dialect: dialect)))
            changed.remove(element)
            #expect(!seal.isGood(changed, try Codec.encode(changed, dialect: dialect)))
        }
        // A scenario may send a wrong one.
        let wrong = try message(100, [4: "1500", 64: "0000000000000000"])
        #expect(try seal.sealed(wrong) == wrong)
        #expect(!seal.isGood(wrong, try Codec.encode(wrong, dialect: dialect)))
    }

    @Test func `needs a dialect that has one, and a key`() throws {
        #expect(MACSeal(dialect, sending: Self.key, receiving: Self.key) == nil)
        let text = "name: test\ndialect: iso87-ebcdic\nvariables: {k: ~}\nmac_key: j\nsteps: [{manage: echo}]"
        let problems = problems(text)
        #expect(problems.contains { $0.contains("mac_key: no variable is called j") })
        #expect(problems.contains { $0.contains("mac_key: iso87-ebcdic has no message authentication code") })
    }
}
