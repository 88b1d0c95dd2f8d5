import AuthorizationCore
import ISO8583

extension RequestReader {
    func merchant(of message: Message) -> Merchant {
        let message = message.withMaskedAcceptor
        var merchant = Merchant(
            name: "",
            identification: trimmedText(message, 42),
            categoryCode: profile.category(of: message).flatMap { UInt16(exactly: $0) } ?? 0,
            country: "",
            city: ""
        )
        switch profile.dialect.edition {
        case .iso1987:
            merchant.name = trimmedText(message, 43, 0..<25)
            merchant.city = trimmedText(message, 43, 25..<38)
            merchant.country = trimmedText(message, 43, 38..<40)
        case .iso1993: readLocation(of: message, into: &merchant)
        }
        return merchant
    }

    /// DE 43 of ISO 8583:1993: name, street and city, each with a backslash behind it, then ten characters of postal code,
    /// three of region and three of country. Without a backslash all of it is a name.
    private func readLocation(of message: Message, into merchant: inout Merchant) {
        guard let value = message.bytes(of: 43) else { return }
        let parts = value.split(separator: UInt8(ascii: "\\"), maxSplits: 3, omittingEmptySubsequences: false)
        merchant.name = parts.first.map(boundedText) ?? ""
        if parts.count > 2 { merchant.city = boundedText(parts[2]) }
        if parts.count > 3, parts[3].count >= 16 {
            merchant.country = CardNetwork.trimmedText(parts[3].dropFirst(13).prefix(3))
        }
    }

    /// At most 64 bytes, as a merchant's name and city have. A character of ISO 8859-1 is one or two bytes of UTF-8.
    private func boundedText(_ text: ArraySlice<UInt8>) -> String {
        var rest = 64
        let end = text.firstIndex { byte in
            rest -= byte < 0x80 ? 1 : 2
            return rest < 0
        }
        return CardNetwork.trimmedText(text[..<(end ?? text.endIndex)])
    }
}
