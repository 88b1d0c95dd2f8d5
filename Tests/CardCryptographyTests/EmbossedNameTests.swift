import Testing

@testable import CardCryptography

@Suite struct EmbossedNameTests {
    @Test(arguments: [
        ("MARIA DE LA CRUZ", true), ("A.", true), ("O'NEIL-SMITH/DR 2", true),
        (String(repeating: "W", count: 26), true),
        ("", false), ("A", false), (String(repeating: "W", count: 27), false), ("Maria", false), ("MARÍA", false),
        (" MARIA", false), ("MARIA ", false), ("A\"B", false), ("A\\B", false), ("A^B", false), ("A\u{0}B", false),
    ])
    func `a name has the characters of a stripe, and room on a card`(text: String, isName: Bool) {
        #expect((EmbossedName(text) != nil) == isName)
        #expect(EmbossedName(text).map { $0.withExposedText { $0 } } == (isName ? text : nil))
    }

    @Test func `a name is printed by no accident, and opens in its own place alone`() throws {
        let name = try #require(EmbossedName("MARIA DE LA CRUZ"))
        #expect("\(name)" == "EmbossedName(…)" && !String(reflecting: name).contains("MARIA"))
        let vault = PANVault(encryptionKey: try .random(), indexKey: try .random())
        let sealed = try vault.seal(name, associatedData: [1])
        #expect(try vault.openName(sealed.ciphertext, keyID: sealed.keyID, associatedData: [1]) == name)
        #expect(throws: CryptographyError.self) {
            try vault.openName(sealed.ciphertext, keyID: sealed.keyID, associatedData: [2])
        }
        let key = try vault.seal(try SecretKey.random(), associatedData: [1])
        #expect(throws: CryptographyError.self) {
            try vault.openName(key.ciphertext, keyID: key.keyID, associatedData: [1])
        }
    }
}
