/// Requests of one merchant with numbers that begin alike. No sum of them overflows.
///
/// Counted are those that failed, and those that were approved and could have been a guess. So a large merchant's
/// everyday mistakes are a small share of them, and most of what tries numbers out is not. The share does not fall by what
/// nobody guesses, such as a chip's right cryptogram, nor by what was declined for anything else: a card without money, or
/// that is lost, helps nobody to try out others.
///
/// Whoever has a good card of the same six digits can make the share smaller. With 10 % each guess takes nine approved
/// requests, which are events of that card, use up what it may spend, and lead to whoever sends them.
package struct MerchantCounts: Hashable, Sendable {
    package private(set) var failures: UInt32
    /// The failures among them.
    package private(set) var requests: UInt32

    package init(failures: UInt32 = 0, requests: UInt32 = 0) {
        self.failures = failures
        self.requests = requests
    }

    package static let failed = MerchantCounts(failures: 1, requests: 1)
    package static let approved = MerchantCounts(requests: 1)

    package mutating func add(_ other: MerchantCounts) {
        failures = failures.addingClamped(other.failures)
        requests = requests.addingClamped(other.requests)
    }
}

extension UInt32 {
    fileprivate func addingClamped(_ other: UInt32) -> UInt32 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
