import Foundation
import ISO8583
import Testing

@testable import NetworkSimulator

@Suite struct `A key block of a network` {
    private struct Vectors: Decodable {
        struct Vector: Decodable {
            struct Input: Decodable {
                var kbpk: String
                var key_block: String
            }
            struct Output: Decodable {
                var key: String?
            }
            var id: String
            var `in`: Input
            var out: Output
        }
        var vectors: [Vector]
    }

    /// What stands behind the key in each block of versions B and D, found by opening it with another library: whoever
    /// wrapped it drew it.
    private static let fills = [
        "sh-tr31-003": "1C2965473CE2", "sh-tr31-004": "30111D18CC4C", "sh-tr31-005": "6B58C03B829BF4CC37B8B93C17F6",
        "sh-tr31-006": "1A87BBFA2CFE78D383E5F4C6AA83473C1C2965473CE206BB855B01533782",
        "sh-tr31-007": "7CB920D261E9F3AA30111D18CC4C", "sh-tr31-008": "F786DF9F6A54",
        "sh-tr31-009": "9392ACB01CE68AC8C1A52AFBE03B", "sh-tr31-010": "29146134458D61CD1BD9BDF1270C",
        "sh-tr31-011": "4B5BBDD8AFD7", "sh-tr31-012": "1E2AAB41089D836F864983063726E73C1B36ED560CD4F40AC7C17D40153F",
        "sh-tr31-013": "F21838B375856DF85832B4C83564", "sh-tr31-014": "8B1EBB10C7B217C3C41CF6687CCF",
        "sh-tr31-015": "2F022EE5D4E346C1128B4B33BE20",
    ]

    @Test func `is that of the vectors`() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Vectors/crypto-tr31.json")
        let vectors = try JSONDecoder().decode(Vectors.self, from: try Data(contentsOf: file)).vectors
        var ran = 0
        for vector in vectors {
            guard let fill = Self.fills[vector.id] else { continue }
            let key = try #require(vector.out.key.flatMap { hexBytes($0) })
            let fillBytes = try #require(hexBytes(fill))
            let block = vector.in.key_block
            let encryptedDigits = 2 * (2 + key.count + fillBytes.count + (block.hasPrefix("D") ? 16 : 8))
            let wrapped = KeyBlock.wrapped(
                key,
                String(block.dropLast(encryptedDigits)),
                fill: fillBytes,
                protection: try #require(hexBytes(vector.in.kbpk))
            )
            #expect(wrapped == block, "\(vector.id)")
            ran += 1
        }
        #expect(ran == 13)
    }

    private static let keys = [
        "short": "0123456789ABCDEFFEDCBA9876543210", "long": "0123456789ABCDEFFEDCBA98765432100011223344556677",
        "aes": "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", "single": "0123456789ABCDEF",
        "none": "x",
    ]

    private static let recipes: [(String, String, KeyBlockRecipe.Version, KeyBlockRecipe.Algorithm, String?)] = [
        ("short", "short", .tripleDES, .tripleDES, "B0096M3TC00N0000"),
        ("single", "long", .tripleDES, .tripleDES, "B0096M3TC00N0000"),
        ("short", "aes", .aes, .tripleDES, "D0112M3TC00N0000"), ("aes", "aes", .aes, .aes, "D0144M3AC00N0000"),
        ("short", "aes", .tripleDES, .tripleDES, nil), ("short", "single", .tripleDES, .tripleDES, nil),
        ("aes", "short", .tripleDES, .tripleDES, nil), ("single", "aes", .aes, .aes, nil),
        ("none", "short", .tripleDES, .tripleDES, nil), ("short", "none", .tripleDES, .tripleDES, nil),
    ]

    @Test(arguments: recipes)
    func `is as long as the longest key of its algorithm makes it, and made of keys that fit`(
        _ key: String,
        _ protection: String,
        _ version: KeyBlockRecipe.Version,
        _ algorithm: KeyBlockRecipe.Algorithm,
        _ header: String?
    ) {
        var recipe = KeyBlockRecipe(key: key, protection: protection, usage: "M3", mode: "C")
        recipe.version = version
        recipe.algorithm = algorithm
        var generator = SplitMix64(seed: 1)
        let text = recipe.text(Self.keys, &generator)
        #expect(text.map { String($0.prefix(16)) } == header)
        #expect(text.flatMap { Int($0.dropFirst().prefix(4)) } == text.map(\.utf8.count))
        #expect(text == nil || recipe.text(Self.keys, &generator) != text)
    }
}
