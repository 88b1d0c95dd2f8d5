import AuthorizationCore
import Testing

@Suite struct `Bytes of the first version` {
    @Test func `a program reads and writes as it was`() throws {
        let bytes = Self.bytes(CapturedBytes.program)
        #expect(bytes == World().program.journalBytes)
        #expect(try Program(journalBytes: bytes) == World().program)
    }

    @Test func `commands and decisions read and write as they were`() throws {
        var count = 0
        for (command, decision) in CapturedBytes.steps {
            #expect(try Command(journalBytes: Self.bytes(command)).journalBytes == Self.bytes(command))
            #expect(try Decision(journalBytes: Self.bytes(decision)).journalBytes == Self.bytes(decision))
            count += 1
        }
        #expect(count == 17)
    }

    @Test func `the same story is decided with the same bytes`() {
        let story = CapturedStory.perform()
        #expect(story.count == CapturedBytes.steps.count)
        for (step, captured) in zip(story, CapturedBytes.steps) {
            #expect(step.command.journalBytes == Self.bytes(captured.0))
            #expect(step.decision.journalBytes == Self.bytes(captured.1), "\(step.decision)")
        }
    }

    @Test func `money and instances are read, written and decided with the bytes they had at first`() throws {
        let story = IssuingBytes.perform()
        #expect(story.count == 10 && IssuingBytes.steps.count == 10)
        for (step, captured) in zip(story, IssuingBytes.steps) {
            #expect(step.decision.outcome == .done)
            #expect(step.command.journalBytes == Self.bytes(captured.0))
            #expect(step.decision.journalBytes == Self.bytes(captured.1), "\(step.decision)")
            #expect(try Command(journalBytes: Self.bytes(captured.0)) == step.command)
            #expect(try Decision(journalBytes: Self.bytes(captured.1)) == step.decision)
        }
    }

    @Test func `types, limits and tokens are read, written and decided with the bytes they had at first`() throws {
        let story = TypeAndTokenBytes.perform()
        #expect(story.count == 7 && TypeAndTokenBytes.steps.count == 7)
        for (step, captured) in zip(story, TypeAndTokenBytes.steps) {
            #expect(step.command.journalBytes == Self.bytes(captured.0))
            #expect(step.decision.journalBytes == Self.bytes(captured.1), "\(step.decision)")
            #expect(try Command(journalBytes: Self.bytes(captured.0)) == step.command)
            #expect(try Decision(journalBytes: Self.bytes(captured.1)) == step.decision)
        }
    }

    private static func bytes(_ text: String) -> [UInt8] {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
