import AuthorizationEngine
import Logging

extension Settings {
    /// Nil where merchants' failures are not counted.
    func merchantLimit() throws -> MerchantLimit? {
        let count = try number(.merchantFailureLimit)
        guard count > 0 else { return nil }
        return MerchantLimit(
            count: UInt32(clamping: count),
            share: UInt32(clamping: try number(.merchantFailureShare)),
            seconds: Int64(try number(.merchantFailureWindow))
        )
    }
}

extension Setting {
    static let merchantFailureLimit = Setting(
        key: "merchant.failures.limit",
        kind: .number(0...1_000_000),
        standard: "100",
        help: "failed requests of one merchant, with card numbers of the same six first digits, from which on it is "
            + "declined; 0 does not count them"
    )
    static let merchantFailureShare = Setting(
        key: "merchant.failures.share",
        kind: .number(0...100),
        standard: "10",
        help: "percent that they must be of the failed and approved requests there; with 0 their number alone counts"
    )
    static let merchantFailureWindow = Setting(
        key: "merchant.failures.window",
        kind: .number(60...604_800),
        standard: "3600",
        help: "seconds for which each request counts"
    )
}
