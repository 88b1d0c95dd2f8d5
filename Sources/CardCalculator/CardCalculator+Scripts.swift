import CardCryptography
import ISO8583

/// What a card is sent with an answer.
extension CardCalculator {
    static let scriptOperations: [String: Operation] = [
        "issuer_script_mac": Operation(
            "cvn imk_smi pan psn udk_option atc arqc command_header command_data index",
            scriptMAC
        ),
        "issuer_script_pin": Operation("cvn imk_smc imk_ac pan psn udk_option atc arqc pin", scriptPIN),
    ]

    private static func scriptMAC(_ inputs: Inputs) throws -> CalculationResult {
        let card = try inputs.cardKey("imk_smi", .secureMessagingIntegrity)
        let (counter, cryptogram) = (
            try inputs.block("atc", as: UInt16.self), try inputs.block("arqc", as: UInt64.self)
        )
        let header = try inputs.bytes("command_header")
        let data = inputs.has("command_data") ? try inputs.bytes("command_data") : []
        let index = inputs.has("index") ? UInt8(try inputs.number("index", in: 0...255)) : 0
        let version = try cryptogramVersion(inputs)
        let mac = try IssuerScript.mac(
            header: header,
            data: data,
            counter: counter,
            cryptogram: cryptogram,
            index: index,
            version: version,
            card: card
        )
        let random = IssuerScript.random(cryptogram, index, version.scheme)
        let session = try SessionKey(scriptsOf: card, version: version, counter: counter, cryptogram: random)
        let signed = IssuerScript.signedData(header: header, data: data, counter: counter, random: random)
        let command = try IssuerScript.command(header: header, data: data, mac: mac)
        return .init(
            ["mac": .text(mac.hexadecimal)],
            steps: [
                ("udk", card.shown), ("session_key", session.shown), ("mac_input_padded", padded(signed, .method2)),
                ("tag86", hexText(command)),
            ]
        )
    }

    /// The data of PIN CHANGE/UNBLOCK with a new PIN. Input `imk_ac` is for Visa's cards before version 22 alone.
    private static func scriptPIN(_ inputs: Inputs) throws -> CalculationResult {
        let card = try inputs.cardKey("imk_smc", .secureMessagingConfidentiality)
        let version = try cryptogramVersion(inputs)
        let (pin, counter) = (try inputs.pin(), try inputs.block("atc", as: UInt16.self))
        let cryptogram = try inputs.block("arqc", as: UInt64.self)
        let session = try SessionKey(scriptsOf: card, version: version, counter: counter, cryptogram: cryptogram)
        var steps = [("udk", card.shown), ("session_key", session.shown)]
        var cryptograms = card
        switch version {
        case .visa10, .visa17, .visa18:
            cryptograms = try inputs.cardKey("imk_ac", .applicationCryptograms)
            steps.append(("udk_ac", cryptograms.shown))
        case .visa22, .mastercard16, .mastercard17, .mastercard20, .mastercard21: break
        }
        let (first, last) = try IssuerScript.clearData(with: pin, version: version, cryptograms: cryptograms)
        steps.append(("clear_data", first.hexadecimal + (last?.hexadecimal ?? "")))
        let data = try IssuerScript.data(
            with: pin,
            counter: counter,
            cryptogram: cryptogram,
            version: version,
            card: card,
            cryptograms: cryptograms
        )
        return .init(["command_data": .hexadecimal(data)], steps: steps)
    }
}
