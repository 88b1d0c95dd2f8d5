import ISO8583

extension Message {
    /// With the card numbers masked that somebody put into DE 43, name and place of the card acceptor: it is journaled.
    /// DE 42 loses the message's own number alone, whole or cut to its places: it is too short for most others, and one
    /// in ten of its own numbers looks like one.
    var withMaskedAcceptor: Message {
        var message = self
        for element in [42, 43] {
            guard let told = bytes(of: element).map(Array.init) else { continue }
            let others = element == 43 ? maskingCardNumbers(told) : told
            let masked = accountNumber.map { masking($0, in: others) } ?? others
            if masked != told { message.set(element, bytes: masked) }
        }
        return message
    }
}
