import AuthorizationCore
import TestSupport
import Testing

@Suite struct `The search for secrets` {
    private static let secrets = [
        KnownSecret(name: "PAN", content: .digits("4895370012345670")),
        KnownSecret(name: "track 2", content: .digits("29112010917736401852")),
        KnownSecret(name: "PIN", content: .digits("482915073618")),
        KnownSecret(name: "CAVV", content: .text("QUJDREVGR0hJSktMTU5PUFFSU1Q=")),
        KnownSecret(name: "PIN block", content: .bytes([0x9A, 0x17, 0xE3, 0x40, 0xC8, 0x5D, 0x02, 0x7F])),
    ]

    private static let cases = secrets.flatMap { secret in secret.encodings.map { (secret, $0) } }

    /// Some are the same bytes: the digits of packed digits in hexadecimal are those of the number.
    private static func names(_ secret: KnownSecret, _ encoding: SecretEncoding) -> Set<SecretSearch.Finding> {
        Set(
            secret.encodings.filter { $0.pattern(of: secret) == encoding.pattern(of: secret) }
                .map { SecretSearch.Finding(secret: secret.name, encoding: $0) }
        )
    }

    @Test(arguments: cases)
    func `finds each encoding wherever it stands, and only that`(_ row: (secret: KnownSecret, encoding: SecretEncoding))
    {
        let search = SecretSearch(Self.secrets)
        let sample = row.encoding.sample(of: row.secret)
        let wanted = Self.names(row.secret, row.encoding)
        for before in 0..<8 {
            let text = [UInt8](repeating: 0x2E, count: before) + sample + [0x2E]
            #expect(text.withUnsafeBytes { search.findings(in: $0) }.isSuperset(of: wanted), "after \(before) bytes")
            #expect(text.withUnsafeBytes { search.findings(in: $0) }.allSatisfy { $0.secret == row.secret.name })
        }
        let atTheEnd = [0x2E, 0x2E, 0x2E] + sample
        #expect(atTheEnd.withUnsafeBytes { search.findings(in: $0) }.isSuperset(of: wanted))
        let cut = Array(row.encoding.pattern(of: row.secret).bytes.dropLast())
        #expect(cut.withUnsafeBytes { search.findings(in: $0) }.isDisjoint(with: wanted))
    }

    @Test func `knows the encodings as others write them`() {
        let search = SecretSearch(Self.secrets)
        let pin: [([UInt8], SecretEncoding.Form)] = [
            ([0x48, 0x29, 0x15, 0x07, 0x36, 0x18], .packed),
            ([0x04, 0x82, 0x91, 0x50, 0x73, 0x61, 0x8F], .packedFromTheMiddle),
        ]
        for (text, form) in pin {
            let finding = SecretSearch.Finding(secret: "PIN", encoding: SecretEncoding(form: form, wrapping: .none))
            #expect(text.withUnsafeBytes { search.findings(in: $0) } == [finding])
        }
        let written: [(text: [UInt8], form: SecretEncoding.Form, wrapping: SecretEncoding.Wrapping)] = [
            ([0x48, 0x95, 0x37, 0x00, 0x12, 0x34, 0x56, 0x70], .packed, .none),
            ([0x04, 0x89, 0x53, 0x70, 0x01, 0x23, 0x45, 0x67, 0x0F], .packedFromTheMiddle, .none),
            (Array("34383935333730303132333435363730".utf8), .plain, .lowerHexadecimal),
            (Array("f4f8f9f5f3f7f0f0f1f2f3f4f5f6f7f0".utf8), .ebcdic, .lowerHexadecimal),
            (Array("F4F8F9F5F3F7F0F0F1F2F3F4F5F6F7F0".utf8), .ebcdic, .upperHexadecimal),
            // Made with coreutils' base64: the number alone, after one byte and after two.
            (Array("NDg5NTM3MDAxMjM0NTY3MA==".utf8), .plain, .base64),
            (Array("eDQ4OTUzNzAwMTIzNDU2NzA=".utf8), .plain, .base64AfterOne),
            (Array("eHg0ODk1MzcwMDEyMzQ1Njcw".utf8), .plain, .base64AfterTwo),
        ]
        for (text, form, wrapping) in written {
            let found = text.withUnsafeBytes { search.findings(in: $0) }
            let encoding = SecretEncoding(form: form, wrapping: wrapping)
            #expect(found.contains(SecretSearch.Finding(secret: "PAN", encoding: encoding)), "\(encoding)")
        }
    }

    @Test func `finds nothing in a masked number and in random bytes`() {
        let search = SecretSearch(Self.secrets)
        #expect(Array("489537******5670 48953700 12345670".utf8).withUnsafeBytes { search.findings(in: $0) }.isEmpty)
        var generator = SplitMix64(seed: TestEnvironment.seed(for: "random bytes"))
        let random = (0..<100_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let halves: [UInt8] = [0x05, 0x82, 0x91, 0x50, 0x73, 0x61, 0x8F, 0x04, 0x82, 0x91, 0x50, 0x73, 0x61, 0x9F]
        #expect(halves.withUnsafeBytes { search.findings(in: $0) }.isEmpty)
        #expect(random.withUnsafeBytes { search.findings(in: $0) }.isEmpty)
    }
}
