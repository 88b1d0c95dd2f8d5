import CardCryptography
import Synchronization

/// The first digits of all programs' card numbers: they tell a number that no card has from one of another issuer. A copy
/// that may be some seconds old; it decides nothing but how a decline is told.
package final class KnownIssuers: Sendable {
    /// Nil until they are first read.
    private let prefixes = Mutex<Set<String>?>(nil)

    package init() {}

    package func add(_ read: Set<String>) {
        prefixes.withLock { $0 = ($0 ?? []).union(read) }
    }

    /// Whether a program's numbers begin as this one does; also while that is not known.
    func contain(_ pan: PAN) -> Bool {
        prefixes.withLock { $0 }?.contains(where: pan.begins) ?? true
    }
}
