import CPKCS11
import CardCryptography
import Synchronization
import Testing

@testable import PKCS11

/// Against SoftHSM 2. One at a time: a process has one login to a token.
@Suite(.serialized) struct Tokens {}

extension Tokens {
    @Suite struct `Keys wrapped by a token` {
        private static let key = SecretBytes((0..<32).map { UInt8($0) })
        /// While it is, no session can be made.
        private static let isGone = Atomic<Bool>(false)

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

        @Test func `come back after the token was restarted, and not before it is back`() throws {
            let wrapping = try PKCS11KeyWrapping(Self.token(), key: "third", isMade: true, pause: .zero)
            let wrapped = try wrapping.wrap(Self.key)
            try Tokens.`A token that`.closeSessions()
            #expect(try wrapping.unwrap(wrapped).isEqual(to: Self.key))
            try Tokens.`A token that`.closeSessions()
            #expect(try wrapping.unwrap(try wrapping.wrap(Self.key)).isEqual(to: Self.key))
            Self.isGone.store(true, ordering: .relaxed)
            defer { Self.isGone.store(false, ordering: .relaxed) }
            try Tokens.`A token that`.closeSessions()
            #expect(throws: PaymentCryptographyError.unavailable) { try wrapping.unwrap(wrapped) }
            Self.isGone.store(false, ordering: .relaxed)
            #expect(try wrapping.unwrap(wrapped).isEqual(to: Self.key))
        }

        @Test func `ask a token that is gone no more for a while`() throws {
            let wrapping = try PKCS11KeyWrapping(
                Self.token(),
                key: "fourth",
                isMade: true,
                pause: .seconds(3_600)
            )
            Self.isGone.store(true, ordering: .relaxed)
            defer { Self.isGone.store(false, ordering: .relaxed) }
            try Tokens.`A token that`.closeSessions()
            #expect(throws: PaymentCryptographyError.unavailable) { try wrapping.wrap(Self.key) }
            Self.isGone.store(false, ordering: .relaxed)
            #expect(throws: PaymentCryptographyError.unavailable) { try wrapping.wrap(Self.key) }
        }

        private static func token() throws -> PKCS11Token {
            guard !isGone.load(ordering: .relaxed) else { throw SoftHSM.Failure() }
            return try SoftHSM.token()
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

        /// A token locks itself after a few wrong ones.
        @Test func `are not asked for with a wrong PIN twice`() throws {
            let wrong = WrongPIN()
            var tries = 0
            func open(_ pin: String) throws -> PKCS11Token {
                try wrong.open(with: SecretBytes(Array(pin.utf8))) { _ in
                    tries += 1
                    return try SoftHSM.token(pin: pin)
                }
            }
            #expect(Self.problem { _ = try open("161803") } == "C_Login returns 0xa0: the PIN is wrong")
            for _ in 0..<2 {
                let told = "the token has called the PIN wrong: another one is tried, this one after a restart"
                #expect(Self.problem { _ = try open("161803") } == told)
            }
            #expect(tries == 1)
            #expect(Self.problem { _ = try open(SoftHSM.pin) } == nil)
        }

        @Test(
            arguments: [
                (CKA_UNWRAP, false, "cannot unwrap"), (CKA_SENSITIVE, false, "is not sensitive"),
                (CKA_EXTRACTABLE, true, "is extractable"), (CKA_DECRYPT, true, "decrypts"),
            ] as [(UInt, Bool, String)]
        )
        func `are not trusted to a key that may leave the token, or that cannot bring them back`(
            flag: UInt,
            value: Bool,
            problem: String
        ) throws {
            let told = Self.problem { _ = try PKCS11KeyWrapping(Self.token(withKey: [flag: value]), key: "loose") }
            #expect(told == "the token's key loose \(problem)")
            #expect(Self.problem { _ = try PKCS11KeyWrapping(Self.token(withKey: [:]), key: "loose") } == nil)
        }

        /// A session with a wrapping key of its own, which differs from what it should be.
        private static func token(withKey changes: [UInt: Bool]) throws -> sending PKCS11Token {
            let token = try SoftHSM.token()
            let flags = [
                CKA_WRAP: true, CKA_UNWRAP: true, CKA_SENSITIVE: true, CKA_EXTRACTABLE: false, CKA_DECRYPT: false,
                CKA_TOKEN: false,
            ]
            let template = flags.merging(changes) { $1 }.reduce(
                Template().number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).text(CKA_LABEL, "loose")
                    .secret(CKA_VALUE, key)
            ) { $0.flags([$1.key], $1.value) }
            var object: ck_object_handle_t = 0
            try template.withAttributes { attributes in
                let count = UInt(attributes.count)
                let code = token.functions.C_CreateObject?(token.session, attributes.baseAddress, count, &object)
                try check("C_CreateObject", code)
            }
            return token
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
}
