import AuthorizationEngine
import HTTPAPI

extension Settings {
    /// Of API keys without a rate of their own; nil leaves them without one.
    func usualRate() throws -> RateLimit? {
        let rate = Int32(try number(.httpRate))
        return RateLimit(perSecond: rate, burst: rate)
    }

    func trustedProxies() throws -> TrustedProxies {
        let texts = (raw(.httpProxies).value ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
        return TrustedProxies(
            try texts.map { text in
                guard let range = AddressRange(text) else {
                    let problem = "\(text) is no address, and no range such as 10.0.0.0/8"
                    throw Problem(description: "\(Setting.httpProxies.variable): \(problem)")
                }
                return range
            }
        )
    }
}
