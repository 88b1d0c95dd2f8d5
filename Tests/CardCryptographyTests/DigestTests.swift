import CardCryptography
import Testing

private func bytes(_ hexadecimal: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Substring(hexadecimal)
    while !rest.isEmpty {
        if let byte = UInt8(rest.prefix(2), radix: 16) { bytes.append(byte) }
        rest = rest.dropFirst(2)
    }
    return bytes
}

@Suite struct `Digests` {
    /// FIPS 180-4 examples, and the empty message of the NIST test suite.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 gives the published values`(_ row: (message: String, digest: String)) {
        #expect(Digest.sha256(Array(row.message.utf8)) == bytes(row.digest))
    }

    @Test func `SHA-256 of a million letters is the published one`() {
        let message = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        let digest = bytes("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        #expect(Digest.sha256(message) == digest)
    }

    /// RFC 4231. HMAC fills keys with zeros to the block, so that shorter keys are keys of 32 bytes too.
    @Test(arguments: [
        (
            String(repeating: "0b", count: 20), "4869205468657265",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            "0102030405060708090a0b0c0d0e0f10111213141516171819", String(repeating: "cd", count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
    ])
    func `HMAC-SHA-256 gives the published values`(_ row: (key: String, message: String, code: String)) throws {
        let padded = row.key + String(repeating: "0", count: 64 - row.key.utf8.count)
        let key = try #require(SecretKey(hexadecimal: padded.utf8))
        #expect(try Digest.hmac(bytes(row.message), key: key) == bytes(row.code))
    }

    @Test func `HMAC of nothing is a code too`() throws {
        let key = try #require(SecretKey(hexadecimal: String(repeating: "0", count: 64).utf8))
        // The published HMAC-SHA-256 of an empty message under an empty key.
        let code = bytes("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
        #expect(try Digest.hmac([], key: key) == code)
    }
}

@Suite struct `Keys` {
    @Test func `are 64 hexadecimal digits of either case`() throws {
        let lower = try #require(SecretKey(hexadecimal: String(repeating: "af", count: 32).utf8))
        let upper = try #require(SecretKey(hexadecimal: String(repeating: "AF", count: 32).utf8))
        #expect(try Digest.hmac([1], key: lower) == Digest.hmac([1], key: upper))
    }

    /// Each wrong digit at each place, so that a parser that keeps what it has allocated is caught by the allocator.
    @Test func `are nothing else`() {
        for length in [0, 1, 63, 65, 128] {
            #expect(SecretKey(hexadecimal: String(repeating: "a", count: length).utf8) == nil)
        }
        for place in 0..<64 {
            for wrong in ["g", "G", " ", "-", "/", ":", "@", "`", "\n"] {
                let text = String(repeating: "a", count: place) + wrong + String(repeating: "a", count: 63 - place)
                #expect(SecretKey(hexadecimal: text.utf8) == nil)
            }
        }
    }

    @Test func `cannot be seen`() throws {
        let key = try #require(SecretKey(hexadecimal: String(repeating: "41", count: 32).utf8))
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(!text.contains("41") && !text.contains("AAAA"), "\(text)")
        }
        #expect(Mirror(reflecting: key).children.isEmpty)
    }

    @Test func `entropy gives as many bytes as asked, and others each time`() throws {
        #expect(try Entropy.bytes(count: 0).isEmpty)
        #expect(try Entropy.bytes(count: 33).count == 33)
        #expect(try Entropy.bytes(count: 16) != Entropy.bytes(count: 16))
    }
}
