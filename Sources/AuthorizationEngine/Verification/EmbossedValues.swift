import AuthorizationCore
import CardCryptography

/// The card verification values that a bureau puts on a card.
package struct EmbossedValues: Sendable {
    /// CVV of the stripe.
    package var stripe: SecretDigits
    /// iCVV of the chip.
    package var chip: SecretDigits
    /// CVV2 in print.
    package var printed: SecretDigits

    /// Nil when the program has no key for them.
    ///
    /// - Parameter keys: read after the instance.
    /// - Throws: `unknownKey` when the module does not hold the key, ``KeyVersionGone`` when the instance's version of it
    ///   is not in use any more, and what the module throws.
    package static func of(
        _ instance: CardInstance,
        _ pan: PAN,
        _ program: Program,
        modules: SecurityModules,
        keys: HeldKeys
    ) async throws -> EmbossedValues? {
        guard let policy = program.verification, let key = policy.keys.cardVerification else { return nil }
        let stored = try keys.version(key, .cardVerification, of: program.id, for: instance, areRead: true)
        let name = stored.moduleName
        func value(
            _ order: VerificationPolicy.ExpiryOrder,
            _ serviceCode: String
        ) async throws(PaymentCryptographyError) -> SecretDigits {
            guard let expiry = DecimalDigits(instance.expiry, order), let code = DecimalDigits(serviceCode) else {
                throw .invalidInput
            }
            let face = CardFace(pan: pan, expiry: expiry, serviceCode: code)
            return try await modules.holder(of: name).cardVerificationValue(of: face, key: name)
        }
        // Stripe and chip have the expiry as tracks do.
        return EmbossedValues(
            stripe: try await value(.yearFirst, instance.serviceCodeText),
            chip: try await value(.yearFirst, CardFace.chipServiceCode),
            printed: try await value(policy.expiryOrder, CardFace.printedServiceCode)
        )
    }
}

extension CardInstance {
    /// Three digits, as tracks have them.
    package var serviceCodeText: String {
        let digits = String(serviceCode)
        return String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits
    }
}
