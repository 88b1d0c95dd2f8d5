import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import NIOCore

/// What a card's holder is shown. Number and code are never a `String`.
struct RevealedCard {
    private let card: CardID
    private let pan: PAN
    /// Of the instance in use, else of the last one.
    private let expiry: ExpiryMonth?
    /// CVV2, CVC 2; nil where the program has no key for it.
    private let code: SecretDigits?

    /// - Parameter limit: how long reading keys and the security module may take.
    /// - Throws: ``Problem`` when there is a code and it cannot be computed: a card without its code looks like one that
    ///   has none.
    init(
        _ card: CardID,
        _ pan: PAN,
        expiry: ExpiryMonth?,
        codes: CardCodes?,
        within limit: Duration
    ) async throws {
        self.card = card
        self.pan = pan
        self.expiry = expiry
        guard let codes, let expiry else {
            code = nil
            return
        }
        do {
            code = try await codes.code(of: card, pan, expiry: expiry, within: limit)
        } catch let gone as KeyVersionGone {
            throw Problem(
                .cardCodeUnavailable,
                "The card's code is made with a key that is not used any more: \(gone). Issue the card anew."
            )
        } catch is PaymentCryptographyError {
            throw Problem(.moduleUnavailable, "The card's code cannot be computed now. Ask anew later.", retryAfter: 1)
        }
    }

    var json: ByteBuffer {
        var body = ByteBuffer()
        body.writeString("{\"card_id\":\"\(card)\",\"pan\":\"")
        pan.withExposedDigits { _ = body.writeBytes($0) }
        body.writeString("\",\"expiry\":")
        body.writeBytes(JSONOutput.optional(expiry) { .text($0.text) }.bytes)
        body.writeString(",\"cvv2\":")
        if let code {
            body.writeString("\"")
            code.withExposedDigits { _ = body.writeBytes($0) }
            body.writeString("\"}")
        } else {
            body.writeString("null}")
        }
        return body
    }
}
