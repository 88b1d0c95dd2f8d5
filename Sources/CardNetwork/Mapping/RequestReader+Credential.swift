import AuthorizationCore
import CardCryptography
import ISO8583

extension RequestReader {
    /// Nil when the message has nothing of it. What cannot be read is left out: it keeps no request from being decided.
    /// Of values that prove something only is read whether they are there.
    func credentialFacts(of message: Message) -> CredentialFacts? {
        let locations = profile.credential
        var facts = CredentialFacts()
        facts.address = addressVerification(of: message)
        facts.cardCode = proof(at: locations.cardCode, of: message)
        facts.authentication = proof(at: locations.authentication, of: message)
        facts.storedUse = readable(locations.storedUse, of: message)
        facts.token = tokenFacts(of: message)
        return facts.isEmpty ? nil : facts
    }

    /// The token's number; nil when the message has none that a token can have.
    func token(of message: Message) -> PAN? {
        bytes(at: profile.credential.tokenNumber, of: message).flatMap { PAN(ascii: $0) }
    }

    /// Without the index of the number, for which a key is needed.
    func tokenFacts(of message: Message) -> TokenFacts? {
        let locations = profile.credential
        var facts = TokenFacts()
        let told = bytes(at: locations.tokenReference, of: message).map(CardNetwork.trimmedText) ?? ""
        let reference = told.holdsCardNumber ? "" : withoutCardNumber(told, of: message)
        facts.reference = reference.unicodeScalars.count <= TokenFacts.longestReference ? reference : ""
        facts.assurance = bytes(at: locations.tokenAssurance, of: message).flatMap(smallNumber)
        facts.cryptogram = readable(locations.tokenCryptogram, of: message)
        return facts.isEmpty ? nil : facts
    }

    private func addressVerification(of message: Message) -> AddressVerification? {
        let locations = profile.credential
        let hasPostalCode = bytes(at: locations.postalCode, of: message) != nil
        let hasNumbers = bytes(at: locations.addressNumbers, of: message) != nil
        let presented: AddressVerification.Presented? =
            switch (hasPostalCode, hasNumbers) {
            case (true, true): .both
            case (true, false): .postalCode
            case (false, true): .numbers
            case (false, false): nil
            }
        let result = readable(locations.addressResult, of: message)
        return presented == nil && result == nil ? nil : AddressVerification(presented: presented, result: result)
    }

    /// A value is present also where the message says nothing of its presence, or something else.
    private func proof(at locations: ProofLocations, of message: Message) -> ProofVerification {
        let hasValue = bytes(at: locations.value, of: message) != nil
        return ProofVerification(
            presence: hasValue ? .present : readable(locations.presence, of: message),
            result: readable(locations.result, of: message)
        )
    }

    /// Bytes and not text: some of them are secrets.
    func bytes(at location: ElementLocation?, of message: Message) -> ArraySlice<UInt8>? {
        guard let location, message.contains(location.element) else { return nil }
        return try? location.bytes(in: message, profile.dialect)
    }

    private func readable<Meaning>(_ table: ElementTable<Meaning>?, of message: Message) -> Meaning? {
        guard let table else { return nil }
        return try? table.meaning(in: message, profile.dialect)
    }
}

/// One or two digits; nil for anything else.
private func smallNumber(_ digits: ArraySlice<UInt8>) -> UInt8? {
    let values = digits.map { $0 &- UInt8(ascii: "0") }
    guard (1...2).contains(values.count), values.allSatisfy({ $0 < 10 }) else { return nil }
    return values.reduce(0) { $0 * 10 + $1 }
}
