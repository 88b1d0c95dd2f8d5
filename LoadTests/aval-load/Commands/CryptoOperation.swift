import CardCryptography

/// An operation of payment cryptography on data of one test card, to be timed.
struct CryptoOperation {
    var name: String
    /// Whether the answer is the one that it always is.
    var work: () throws -> Bool

    static func all() throws -> [CryptoOperation] {
        try cardValues() + dynamicValues() + pins() + chip() + messages() + keyBlocks()
    }

    private static func cardValues() throws -> [CryptoOperation] {
        let (pan, key) = (try pan(), try key(.cardVerification))
        let (expiry, code) = (try digits("3012"), try digits("201"))
        let value = try CardVerification.value(pan: pan, expiry: expiry, serviceCode: code, key: key)
        return [
            CryptoOperation(name: "verify CVV") {
                try CardVerification.verify(value, pan: pan, expiry: expiry, serviceCode: code, key: key)
            }
        ]
    }

    /// With the card's key derived each time, as for a card that has not been here before.
    private static func dynamicValues() throws -> [CryptoOperation] {
        let (pan, master, number) = (try pan(), try key(.dynamicNumbers), try digits("01"))
        let (expiry, code, counter) = (try digits("3012"), try digits("201"), try digits("0042"))
        let track = SecretBytes([UInt8](repeating: 0x41, count: 19))
        let card = { () throws in try CardKey(master: master, pan: pan, sequenceNumber: number, .optionA) }
        return [
            CryptoOperation(name: "make dCVV") {
                try DynamicVerification.dcvv(
                    pan: pan,
                    expiry: expiry,
                    serviceCode: code,
                    counter: counter,
                    card: try card()
                ).count == CardVerification.length
            },
            CryptoOperation(name: "make CVC3") {
                try DynamicVerification.cvc3(
                    trackTemplate: track,
                    unpredictableNumber: 0x899,
                    counter: 42,
                    card: try card()
                ).count == DynamicVerification.cvc3Length
            },
        ]
    }

    private static func pins() throws -> [CryptoOperation] {
        guard let pin = PIN(ascii: "1234".utf8),
            let table = IBM3624.DecimalisationTable(ascii: "0123456789012345".utf8)
        else { throw Problem("the test PIN is none") }
        let (pan, key, aes) = (try pan(), try key(.pinEncryption), try key(.pinEncryption, .aes))
        let (pvvKey, offsetKey) = (try self.key(.visaPVV), try self.key(.ibm3624))
        let block = try PINBlock(pin, .format0, pan: pan, key: key)
        let block4 = try PINBlock(pin, .format4, pan: pan, key: aes)
        let value = try VisaPVV.value(pin: pin, pan: pan, keyIndex: 1, key: pvvKey)
        let natural = try IBM3624.naturalPIN(validationData: 1, table: table, length: 4, key: offsetKey)
        let offset = try IBM3624.offset(of: pin, natural: natural)
        return [
            CryptoOperation(name: "verify PIN, format 0, PVV") {
                try VisaPVV.verify(
                    value,
                    pin: try block.pin(pan: pan, key: key),
                    pan: pan,
                    keyIndex: 1,
                    key: pvvKey
                )
            },
            CryptoOperation(name: "verify PIN, format 4, PVV") {
                try VisaPVV.verify(
                    value,
                    pin: try block4.pin(pan: pan, key: aes),
                    pan: pan,
                    keyIndex: 1,
                    key: pvvKey
                )
            },
            CryptoOperation(name: "verify PIN, format 0, 3624") {
                let pin = try block.pin(pan: pan, key: key)
                return try IBM3624.verify(offset, pin: pin, validationData: 1, table: table, key: offsetKey)
            },
            CryptoOperation(name: "translate PIN, format 0 to 4") {
                try block.translated(to: .format4, pan: pan, from: key, to: aes).format == .format4
            },
        ]
    }

    private static func chip() throws -> [CryptoOperation] {
        let (pan, number) = (try pan(), try digits("01"))
        let (master, scripts) = (try key(.applicationCryptograms), try key(.secureMessagingIntegrity))
        let lengths = Dictionary(uniqueKeysWithValues: ChipData.objects.map { ($0.tag, $0.length) })
        let chip = try ChipData { tag in [UInt8](repeating: 1, count: lengths[tag] ?? 8) }
        let verify = { (data: IssuerApplicationData, response: ChipResponse) throws in
            let card = try CardKey(master: master, pan: pan, sequenceNumber: number, .optionA)
            let cryptogram = try ApplicationCryptogram(chip, data, card: card)
            // One that is not the card's costs the same.
            return try !cryptogram.isValid && cryptogram.issuerAuthenticationData(for: response).count >= 8
        }
        let visa10 = try IssuerApplicationData([6, 1, 0x0A, 3, 0, 0, 0], .visa)
        let visa18 = try IssuerApplicationData([6, 1, 0x12, 3, 0, 0, 0], .visa)
        let mastercard = try IssuerApplicationData([1, 0x11] + [UInt8](repeating: 0, count: 16), .mastercard)
        return [
            CryptoOperation(name: "verify ARQC, ARPC, Visa 10") { try verify(visa10, .responseCode(0x3030)) },
            CryptoOperation(name: "verify ARQC, ARPC, Visa 18") {
                try verify(visa18, .cardStatusUpdate(0x0082_0000, proprietary: []))
            },
            CryptoOperation(name: "verify ARQC, ARPC, Mastercard 17") {
                try verify(mastercard, .responseCode(0x3030))
            },
            CryptoOperation(name: "MAC of an issuer script") {
                try IssuerScript.mac(
                    header: [0x84, 0x18, 0, 0, 8],
                    counter: 1,
                    cryptogram: 1,
                    version: .mastercard17,
                    card: try CardKey(master: scripts, pan: pan, sequenceNumber: number, .optionA)
                ) != 0
            },
        ]
    }

    private static func messages() throws -> [CryptoOperation] {
        let message = [UInt8](repeating: 0x30, count: 200)
        let (first, retail, cmac) = (try key(.macAlgorithm1), try key(.macAlgorithm3), try key(.cmac, .aes))
        return [("MAC algorithm 1", first, 8), ("MAC algorithm 3", retail, 8), ("AES-CMAC", cmac, 16)].map { row in
            CryptoOperation(name: "\(row.0), 200 bytes") {
                try MessageAuthentication.code(message, key: row.1).count == row.2
            }
        }
    }

    private static func keyBlocks() throws -> [CryptoOperation] {
        let (protection, key) = (try key(.keyBlockProtection, .aes), try key(.pinEncryption))
        let keyBlock = KeyBlock(key, .aes, mode: .encryptAndDecrypt, exportability: .nonExportable)
        let block = try keyBlock.wrapped(with: protection)
        return [
            CryptoOperation(name: "make a key block") {
                try keyBlock.wrapped(with: protection).count == block.count
            },
            CryptoOperation(name: "open a key block") {
                try KeyBlock(unwrapping: block, with: protection).header.usage == .pinEncryption
            },
        ]
    }
}

/// The test card and its keys.
extension CryptoOperation {
    private static func key(_ usage: KeyUsage, _ algorithm: CipherAlgorithm = .tripleDES) throws -> Key {
        guard let bytes = SecretBytes(hexadecimal: "0123456789ABCDEFFEDCBA9876543210".utf8) else {
            throw Problem("the test key is none")
        }
        return try Key(bytes, algorithm, usage: usage)
    }

    private static func pan() throws -> PAN {
        guard let pan = PAN(ascii: "4761739001010119".utf8) else { throw Problem("the test card is none") }
        return pan
    }

    private static func digits(_ text: String) throws -> DecimalDigits {
        guard let digits = DecimalDigits(ascii: text.utf8, count: text.utf8.count) else {
            throw Problem("the test digits are none")
        }
        return digits
    }
}
