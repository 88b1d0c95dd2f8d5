import Testing

@testable import CardCryptography

@Suite struct WebhookSecretTests {
    /// The example of the Standard Webhooks specification. Its secret has 24 bytes: HMAC fills keys with zeros.
    @Test func `a signature is the published one`() throws {
        let secret: [UInt8] = [
            0x31, 0xF2, 0x90, 0xF6, 0xBF, 0x06, 0x29, 0x8A, 0xAB, 0x4F, 0x08, 0xD4, 0x3C, 0x3F, 0x08, 0x2C, 0xF6, 0x48,
            0xA3, 0x62, 0xDA, 0x2D, 0xA4, 0xB0,
        ]
        let key = try #require(SecretKey(SecretBytes(secret + [UInt8](repeating: 0, count: 8))))
        let signature = try WebhookSecret(key).signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8)
        )
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func `a secret is told in the form that receivers know, and printed by no accident`() throws {
        let key = try #require(SecretKey(SecretBytes([UInt8](repeating: 0xFF, count: 32))))
        #expect(WebhookSecret(key).text == "whsec_//////////////////////////////////////////8=")
        #expect("\(WebhookSecret(key))" == "WebhookSecret(…)")
    }

    @Test func `a sealed secret opens in its own place alone`() throws {
        let vault = PANVault(encryptionKey: try .random(), indexKey: try .random())
        let secret = try WebhookSecret.random()
        let sealed = try vault.seal(secret, associatedData: [1])
        let opened = try vault.openWebhookSecret(sealed.ciphertext, keyID: sealed.keyID, associatedData: [1])
        #expect(opened.text == secret.text)
        #expect(throws: CryptographyError.self) {
            try vault.openWebhookSecret(sealed.ciphertext, keyID: sealed.keyID, associatedData: [2])
        }
    }
}
