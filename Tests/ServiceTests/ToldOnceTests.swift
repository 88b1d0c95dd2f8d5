import Synchronization
import Testing

@testable import Service

@Test func `A problem is told once, and again after all was well, which is told once too`() {
    let told = Mutex<[String]>([])
    let problems = ToldOnce {
        problem in
        told.withLock { $0.append(problem) }
    } isWell: {
        told.withLock { $0.append("well") }
    }
    problems.clear()
    for problem in ["gone", "gone", "locked", "gone"] { problems.tell(problem) }
    #expect(told.withLock { $0 } == ["gone", "locked"])
    for _ in 0..<2 { problems.clear() }
    problems.tell("gone")
    #expect(told.withLock { $0 } == ["gone", "locked", "well", "gone"])
}
