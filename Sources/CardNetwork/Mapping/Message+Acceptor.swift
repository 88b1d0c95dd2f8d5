import ISO8583

extension Message {
    /// With the card numbers masked that somebody put into DE 43, name and place of the card acceptor: it is journaled.
    /// DE 42 is kept as it is: it is too short for most card numbers, and one in ten of its own numbers looks like one.
    var withMaskedAcceptor: Message {
        guard let place = bytes(of: 43).map(Array.init) else { return self }
        let masked = maskingCardNumbers(place)
        guard masked != place else { return self }
        var message = self
        message.set(43, bytes: masked)
        return message
    }
}
