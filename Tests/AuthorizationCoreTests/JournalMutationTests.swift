import AuthorizationCore
import TestSeed
import Testing

@Suite struct `Mutated journal bytes` {
    /// Bytes of every journaled type, from random histories, with how to read them.
    private struct Sample {
        var bytes: [UInt8]
        var decode: @Sendable ([UInt8]) throws(JournalError) -> [UInt8]

        init<Value: Journaled & Sendable>(_ value: Value) {
            bytes = value.journalBytes
            decode = { bytes throws(JournalError) in try Value(journalBytes: bytes).journalBytes }
        }
    }

    private static func samples(seed: UInt64, worlds: Int) -> [Sample] {
        var samples = `Journal form`.commandsOfEveryKind.map { Sample($0) }
        for number in 0..<worlds {
            var random = RandomCommands(seed: seed &+ UInt64(number))
            var world = random.world()
            samples.append(Sample(world.program))
            for _ in 0..<12 {
                let command = random.command(in: world)
                samples.append(Sample(command))
                samples.append(Sample(world.moment))
                samples.append(Sample(world.perform(command)))
            }
        }
        return samples
    }

    @Test func `of 100,000 give a value that writes itself again, or an error`() throws {
        let seed = TestSeed.value
        print("AVAL_SEED=\(seed)")
        let samples = Self.samples(seed: seed, worlds: 20)
        var random = RandomCommands(seed: seed)
        var read = 0
        for _ in 0..<100_000 {
            let sample = random.pick(samples)
            let bytes = random.mutate(sample.bytes)
            // What reads is a value of the type, so its own bytes read as the same value.
            do throws(JournalError) {
                let again = try sample.decode(bytes)
                read += 1
                if try sample.decode(again) != again { Issue.record("\(bytes) AVAL_SEED=\(seed)") }
            } catch {
                if error.offset < 0 || error.offset > bytes.count { Issue.record("\(error) AVAL_SEED=\(seed)") }
            }
        }
        #expect(read > 10_000 && read < 100_000)
    }

    @Test func `that still read as commands are decided without a trap`() {
        let seed = TestSeed.value
        print("AVAL_SEED=\(seed)")
        var random = RandomCommands(seed: seed)
        var world = random.world()
        var decided = 0
        for _ in 0..<20_000 {
            let bytes = random.mutate(random.command(in: world).journalBytes)
            guard let command = try? Command(journalBytes: bytes) else { continue }
            world.perform(command)
            decided += 1
            if random.chance(300) { world = random.world() }
        }
        #expect(decided > 2_000)
    }
}

extension RandomCommands {
    mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let place = bytes.isEmpty ? 0 : Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: bytes.insert(UInt8.random(in: .min ... .max, using: &generator), at: place)
            case 1 where !bytes.isEmpty: bytes.remove(at: place)
            case 2: bytes.removeLast(min(bytes.count, Int.random(in: 0...8, using: &generator)))
            case 3 where !bytes.isEmpty: bytes[place] = 0xFF
            case 4 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            default: if !bytes.isEmpty { bytes[place] = UInt8.random(in: .min ... .max, using: &generator) }
            }
        }
        return bytes
    }
}
