import ISO8583
import Testing

@testable import NetworkSimulator

@Suite struct `A link` {
    private static func answer(_ trace: Int) throws -> Message { try message(110, [11: "\(trace)"]) }

    /// Every other one is answered in time, the rest when all is over.
    @Test func `forgets messages when their conversation has ended`() throws {
        var state = LinkState(dialect)
        let (kept, tooOld) = (Limits.forgotten, 10)
        let count = 2 * (kept + tooOld)
        for trace in 1...count {
            let identifier = state.sent(try message(100, [11: "\(trace)"]), now: .now)
            if trace % 2 == 0 { #expect(state.received(try Self.answer(trace), isAuthentic: true, now: .now) == nil) }
            state.forget([identifier])
        }
        #expect(state.sendings.count == kept)
        for trace in stride(from: 1, through: count, by: 2) {
            #expect(state.received(try Self.answer(trace), isAuthentic: true, now: .now) == nil)
        }
        #expect(state.late == kept && state.unexpected.count == tooOld)
    }
}
