import Synchronization

/// Tells each problem once, until all is well again: what is tried every second does not fill a log.
final class ToldOnce: Sendable {
    private let told = Mutex<Set<String>>([])
    private let teller: @Sendable (String) -> Void

    init(_ teller: @escaping @Sendable (String) -> Void) { self.teller = teller }

    func tell(_ problem: String) {
        if told.withLock({ $0.insert(problem).inserted }) { teller(problem) }
    }

    /// All is well.
    func clear() { told.withLock { $0 = [] } }
}
