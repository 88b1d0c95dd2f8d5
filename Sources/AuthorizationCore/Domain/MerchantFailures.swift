/// Failed requests of one merchant with numbers that begin alike. Whoever tries numbers out sends many, each a few times:
/// no card's own count finds that.
package struct MerchantFailures: Hashable, Sendable {
    /// Those that count, ``limit`` or more.
    package var count: UInt32
    /// The fewest that stop a merchant.
    package var limit: UInt32

    package init(count: UInt32, limit: UInt32) {
        self.count = count
        self.limit = limit
    }
}
