/// A reading of keys that has ended.
package struct KeyRefresh: Sendable {
    package var began: ContinuousClock.Instant
    /// False when what is stored could not be read: the keys are as they were.
    package var isRead: Bool

    package init(began: ContinuousClock.Instant, isRead: Bool) {
        self.began = began
        self.isRead = isRead
    }
}

/// Keys that can be brought to what is stored, by whichever process it was.
package protocol KeySource: Sendable {
    /// Does not block.
    ///
    /// - Parameter completion: called once, on any thread, after a reading that began after this call.
    func readAgain(completion: @escaping @Sendable (KeyRefresh) -> Void)
}

extension KeySource {
    @discardableResult
    package func readAgain() async -> KeyRefresh {
        await withCheckedContinuation { ended in readAgain { ended.resume(returning: $0) } }
    }
}
