import Synchronization

/// Tells each problem once, until all is well again, and then that it is: what is tried every second does not fill a log.
final class ToldOnce: Sendable {
    private let told = Mutex<Set<String>>([])
    private let teller: @Sendable (String) -> Void
    private let isWell: @Sendable () -> Void

    init(_ teller: @escaping @Sendable (String) -> Void, isWell: @escaping @Sendable () -> Void) {
        self.teller = teller
        self.isWell = isWell
    }

    func tell(_ problem: String) {
        if told.withLock({ $0.insert(problem).inserted }) { teller(problem) }
    }

    /// All is well.
    func clear() {
        let wereAny = told.withLock { told in
            defer { told = [] }
            return !told.isEmpty
        }
        if wereAny { isWell() }
    }
}
