import Synchronization
import Testing

@testable import Service

@Test func `A problem is told once, and again after all was well`() {
    let told = Mutex<[String]>([])
    let problems = ToldOnce { problem in told.withLock { $0.append(problem) } }
    for problem in ["gone", "gone", "locked", "gone"] { problems.tell(problem) }
    #expect(told.withLock { $0 } == ["gone", "locked"])
    problems.clear()
    problems.tell("gone")
    #expect(told.withLock { $0 } == ["gone", "locked", "gone"])
}
