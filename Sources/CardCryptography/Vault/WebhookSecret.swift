import Foundation

/// What a receiver of webhooks checks their signatures with (Standard Webhooks, "Signature scheme").
package struct WebhookSecret: Sendable {
    let key: SecretKey

    init(_ key: SecretKey) { self.key = key }

    package static func random() throws(CryptographyError) -> WebhookSecret { WebhookSecret(try .random()) }

    /// For its owner, once.
    package var text: String {
        key.withExposedContent { "whsec_" + Data($0).base64EncodedString() }
    }

    /// One signature of version 1.
    ///
    /// - Parameter timestamp: seconds since 1970.
    package func signature(id: String, timestamp: Int64, body: [UInt8]) throws(CryptographyError) -> String {
        let code = try Digest.hmac(Array("\(id).\(timestamp).".utf8) + body, key: key)
        return "v1," + Data(code).base64EncodedString()
    }
}

extension WebhookSecret: Masked {}

extension PANVault {
    /// - Parameter associatedData: names the place, other than that of a card.
    package func seal(
        _ secret: WebhookSecret,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> (ciphertext: [UInt8], keyID: Int16) {
        try seal(secret.key, associatedData: associatedData)
    }

    /// - Throws: `CryptographyError` when the ciphertext was altered, belongs elsewhere or has another key.
    package func openWebhookSecret(
        _ ciphertext: [UInt8],
        keyID: Int16,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> WebhookSecret {
        WebhookSecret(try openKey(ciphertext, keyID: keyID, associatedData: associatedData))
    }
}
