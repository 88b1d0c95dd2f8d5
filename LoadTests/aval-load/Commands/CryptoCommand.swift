import ArgumentParser
import CardCryptography

struct CryptoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crypto",
        abstract: "Time payment cryptography: each operation a second, on one thread.",
        discussion: """
            Needs no running Aval; the keys are published test keys. Prints the most operations a second of the runs, \
            which is what the code does when nothing else is on the machine, and their median.
            """
    )

    @Option(help: "Runs of each operation.")
    var runs = 7

    @Option(help: "Operations in a run.")
    var count = 20_000

    func validate() throws {
        guard (1...1_000).contains(runs), (1...100_000_000).contains(count) else {
            throw ValidationError("--runs must be 1 to 1000, --count 1 to 100000000")
        }
    }

    func run() throws {
        for operation in try CryptoBench().operations { try report(operation.name, operation.work) }
    }

    private func report(_ name: String, _ work: () throws -> Bool) throws {
        let rates = try (0..<runs).map { _ in
            let start = ContinuousClock.now
            // What comes out is looked at, or the optimizer would leave the work out.
            for _ in 0..<count {
                guard try work() else { throw Problem("\(name) gives another answer than before") }
            }
            return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
        }.sorted()
        let spaces = String(repeating: " ", count: max(0, 32 - name.count))
        print("\(name)\(spaces) max \(Int(rates[runs - 1])) /s  median \(Int(rates[runs / 2])) /s")
    }
}

/// What the critical path does with a card's secrets, each on data of one card.
private struct CryptoBench {
    let operations: [(name: String, work: () throws -> Bool)]

    init() throws {
        operations = try Self.card() + Self.pin() + Self.chip() + Self.messages()
    }

    private static let double = "0123456789ABCDEFFEDCBA9876543210"

    private static func key(_ usage: KeyUsage, _ algorithm: CipherAlgorithm = .tripleDES) throws -> Key {
        guard let bytes = SecretBytes(hexadecimal: double.utf8) else { throw Problem("the test key is none") }
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

    private static func card() throws -> [(name: String, work: () throws -> Bool)] {
        let (pan, key) = (try pan(), try key(.cardVerification))
        let (expiry, code) = (try digits("3012"), try digits("201"))
        let value = try CardVerification.value(pan: pan, expiry: expiry, serviceCode: code, key: key)
        return [
            (
                "verify CVV",
                { try CardVerification.verify(value, pan: pan, expiry: expiry, serviceCode: code, key: key) }
            )
        ]
    }

    private static func pin() throws -> [(name: String, work: () throws -> Bool)] {
        guard let pin = PIN(ascii: "1234".utf8) else { throw Problem("the test PIN is none") }
        let (pan, key, aes) = (try pan(), try key(.pinEncryption), try key(.pinEncryption, .aes))
        let pvvKey = try self.key(.visaPVV)
        let block = try PINBlock(pin, .format0, pan: pan, key: key)
        let block4 = try PINBlock(pin, .format4, pan: pan, key: aes)
        let value = try VisaPVV.value(pin: pin, pan: pan, keyIndex: 1, key: pvvKey)
        let verify = { (block: PINBlock, key: Key) throws in
            try VisaPVV.verify(value, pin: try block.pin(pan: pan, key: key), pan: pan, keyIndex: 1, key: pvvKey)
        }
        return [
            ("verify PIN, format 0, PVV", { try verify(block, key) }),
            ("verify PIN, format 4, PVV", { try verify(block4, aes) }),
            (
                "translate PIN, format 0 to 4",
                { try block.translated(to: .format4, pan: pan, from: key, to: aes).format == .format4 }
            ),
        ]
    }

    private static func chip() throws -> [(name: String, work: () throws -> Bool)] {
        let (pan, master, psn) = (try pan(), try key(.applicationCryptograms), try digits("01"))
        // A cryptogram that is not the card's costs the same.
        let issuerData = try IssuerApplicationData([0x06, 1, 0x12, 3, 0xA0, 0xB0, 0xC0], .visa)
        let lengths = Dictionary(uniqueKeysWithValues: ChipData.objects.map { ($0.tag, $0.length) })
        let chip = try ChipData { tag in
            tag == 0x9F10 ? issuerData.bytes : [UInt8](repeating: 1, count: lengths[tag] ?? 8)
        }
        return [
            (
                "verify ARQC, make ARPC, CVN 18",
                {
                    let card = try CardKey(master: master, pan: pan, sequenceNumber: psn, .optionA)
                    let cryptogram = try ApplicationCryptogram(chip, issuerData, card: card)
                    let answer = try cryptogram.issuerAuthenticationData(
                        for: .cardStatusUpdate(0x0082_0000, proprietary: [])
                    )
                    return !cryptogram.isValid && answer.count == 8
                }
            )
        ]
    }

    private static func messages() throws -> [(name: String, work: () throws -> Bool)] {
        let message = [UInt8](repeating: 0x30, count: 200)
        let (retail, cmac) = (try key(.macAlgorithm3), try key(.cmac, .aes))
        let protection = try key(.keyBlockProtection, .aes)
        let block = try KeyBlock(retail, .aes, modeOfUse: "C", exportability: "N").wrapped(with: protection)
        return [
            ("MAC algorithm 3, 200 bytes", { try MessageAuthentication.code(message, key: retail).count == 8 }),
            ("AES-CMAC, 200 bytes", { try MessageAuthentication.code(message, key: cmac).count == 16 }),
            (
                "open a key block",
                { try KeyBlock(unwrapping: block, with: protection).header.usage == .macAlgorithm3 }
            ),
        ]
    }
}
