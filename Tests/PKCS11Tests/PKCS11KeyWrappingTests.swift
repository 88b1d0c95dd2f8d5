import CardCryptography
import PKCS11
import Testing

/// Against SoftHSM 2. One at a time: a process has one login to a token.
@Suite(.serialized) struct `Keys wrapped by a token` {
    private static let key = SecretBytes((0..<32).map { UInt8($0) })

    @Test func `come back, by another session too`() throws {
        let wrapping = try PKCS11KeyWrapping(SoftHSM.token(), key: "first", isMade: true)
        let wrapped = try wrapping.wrap(Self.key)
        #expect(wrapped.count == WrappedKey.length)
        #expect(try wrapping.unwrap(wrapped).isEqual(to: Self.key))
        let later = try PKCS11KeyWrapping(SoftHSM.token(), key: "first")
        #expect(try later.unwrap(wrapped).isEqual(to: Self.key))
    }

    @Test func `do not open when they were altered, cut, or wrapped by another key`() throws {
        let wrapping = try PKCS11KeyWrapping(SoftHSM.token(), key: "second", isMade: true)
        var wrapped = try wrapping.wrap(Self.key)
        let other = try PKCS11KeyWrapping(SoftHSM.token(), key: "other", isMade: true)
        #expect(throws: PaymentCryptographyError.macMismatch) { try other.unwrap(wrapped) }
        wrapped[20] ^= 1
        #expect(throws: PaymentCryptographyError.macMismatch) { try wrapping.unwrap(wrapped) }
        #expect(throws: PaymentCryptographyError.keyLength) { try wrapping.unwrap(Array(wrapped.dropLast(8))) }
        #expect(throws: PaymentCryptographyError.keyLength) { try wrapping.wrap(SecretBytes([1, 2, 3])) }
    }

    @Test func `need the token, its PIN and its key`() throws {
        #expect(Self.problem { _ = try SoftHSM.token(label: "nobody") } == "there is no token nobody")
        let unknown = Self.problem { _ = try PKCS11KeyWrapping(SoftHSM.token(), key: "missing") }
        #expect(unknown == "the token has no key missing: `aval key-files wrap` makes it")
        let module = Self.problem {
            _ = try PKCS11Token(module: "/usr/lib/none.so", label: "aval", pin: SecretBytes([]))
        }
        #expect(module == "/usr/lib/none.so is no PKCS#11 module that can be loaded")
        #expect(Self.problem { _ = try SoftHSM.token(pin: "161803") } == "C_Login returns 0xa0: the PIN is wrong")
    }

    private static func problem(_ work: () throws -> Void) -> String? {
        do {
            try work()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
