import AuthorizationCore
import AuthorizationEngine
import ISO8583
import TestSeed
import Testing

@testable import CardNetwork

@Suite struct `Mutated messages` {
    private struct Counts {
        var approved = 0
        var reversed = 0
        var partial = 0
        var advised = 0
        var refused = 0
        var unread = 0

        mutating func add(_ outcome: Outcome) {
            switch outcome {
            case .approved(let approval):
                approved += 1
                if case .partial = approval.extent { partial += 1 }
            case .acknowledged(.applied, _): reversed += 1
            case .acknowledged(.recorded, _), .acknowledged(.recordedIncrement, _): advised += 1
            case .acknowledged, .declined, .done, .refused: break
            }
        }

        var least: Int { min(approved, reversed, advised, unread) }
    }

    @Test func `never stop decoder, reader, decide or encoder`() throws {
        let seed = TestSeed.value
        print("AVAL_SEED=\(seed) AVAL_MUTATIONS=\(TestSeed.mutations)")
        let profiles = [NetworkProfile.iso87(bitmap: .hexASCII), .iso87(bitmap: .binary)]
        var generator = SplitMix64(seed: seed)
        var issuer = Issuer()
        var counts = Counts()
        for number in 0..<TestSeed.mutations {
            let profile = profiles[number % 2]
            let packed = try Codec.encode(sample(number, &generator), dialect: profile.dialect)
            let bytes = mutate(packed, &generator)
            do throws(DecodeError) {
                let message = try Codec.decode(bytes, dialect: profile.dialect)
                answer(message, profile, &issuer, &counts)
            } catch {
                counts.unread += 1
                // What could be read of it is answered, if it can be.
                let answer = error.partial.flatMap { profile.answer(to: $0, code: .formatError) }
                if let answer { _ = try? Codec.encode(answer, dialect: profile.dialect) }
            }
            // An account of few authorizations: what is tested is not its size.
            if number % 500 == 499 { issuer = Issuer() }
        }
        print(counts)
        #expect(counts.least > TestSeed.mutations / 200 && counts.refused > 0 && counts.partial > 0)
    }

    private func answer(
        _ message: Message,
        _ profile: NetworkProfile,
        _ issuer: inout Issuer,
        _ counts: inout Counts
    ) {
        let answer: Message?
        switch RequestReader(profile: profile).read(message, now: Fixture.now) {
        case .ignore: return
        case .refuse(let code):
            counts.refused += 1
            answer = profile.answer(to: message, code: code)
        case .manage, .acknowledge, .changeKey: answer = profile.answer(to: message, code: .approved)
        case .take(let pan, let command, let identity):
            let own = MessageIdentity(key: identity.key, fingerprint: [1])
            let reply = issuer.reply(to: command.command(for: pan.map { _ in Issuer.card }, own))
            if case .decided(let decided) = reply { counts.add(decided.decision.outcome) }
            answer = profile.answer(to: message, with: reply)
        }
        guard let answer else { return }
        // What was decoded is answered with elements of the same forms, so its answer can always be encoded.
        do {
            let packed = try Codec.encode(answer, dialect: profile.dialect)
            #expect(try Codec.decode(packed, dialect: profile.dialect) == answer)
        } catch {
            Issue.record("the answer \(answer) cannot be encoded: \(error), AVAL_SEED=\(TestSeed.value)")
        }
    }

    /// Purchases, each followed by its reversal, so that mutated reversals find something to take back.
    private func sample(_ number: Int, _ generator: inout SplitMix64) -> Message {
        let digits = String(number / 4 % 1_000_000)
        let trace = String(repeating: "0", count: 6 - digits.utf8.count) + digits
        switch number / 2 % 8 {
        case 1, 3, 5:
            let original = "0100" + trace + "0601115959" + "00000012345" + "00000000000"
            let total = generator.next() % 2 == 0 ? nil : "000000000500000000000000D00000000D00000000"
            return Fixture.reversal([90: original, 95: total])
        case 7:
            let elements = [7: "0601120000", 11: trace, 32: "12345", 70: "301"]
            return Fixture.message([800, 620, 820][Int(generator.next() % 3)], elements)
        default:
            let kind = ["00", "00", "01", "09", "20", "26", "31"][Int(generator.next() % 7)]
            let billing: String? = generator.next() % 2 == 0 ? nil : "000000001137"
            let indicators = ["010100401", "010120201", "0101204011", "0601106011", "0101104011"]
            return Fixture.purchase(
                [
                    3: kind + "0000", 6: billing, 11: trace, 28: generator.next() % 4 == 0 ? "D00000100" : nil,
                    39: generator.next() % 8 == 0 ? "51" : nil, 51: billing.map { _ in "978" },
                    54: kind == "09" ? "0040978D000000000200" : nil,
                    60: generator.next() % 2 == 0 ? nil : indicators[Int(generator.next() % 5)], 63: "NTI",
                ],
                type: [100, 100, 200, 120, 220][Int(generator.next() % 5)]
            )
        }
    }

    /// Mostly one digit for another, so that most still decode.
    private func mutate(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 0...2, using: &generator) {
            let place = bytes.isEmpty ? 0 : Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<24, using: &generator) {
            case 0: bytes.insert(UInt8.random(in: .min ... .max, using: &generator), at: place)
            case 1 where !bytes.isEmpty: bytes.remove(at: place)
            case 2: bytes.removeLast(min(bytes.count, Int.random(in: 0...16, using: &generator)))
            case 3 where !bytes.isEmpty: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
            case 4 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 5...8 where bytes.count > place + 12:
                // An amount, a number or a date of zeros.
                for index in place..<(place + 12) { bytes[index] = UInt8(ascii: "0") }
            default:
                if !bytes.isEmpty { bytes[place] = UInt8(ascii: "0") + UInt8.random(in: 0...9, using: &generator) }
            }
        }
        return bytes
    }
}
