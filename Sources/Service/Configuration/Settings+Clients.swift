import AuthorizationEngine
import HTTPAPI

extension Settings {
    /// Of API keys without a rate of their own; nil leaves them without one.
    func usualRate() throws -> RateLimit? {
        let rate = Int32(try number(.httpRate))
        return RateLimit(perSecond: rate, burst: rate)
    }

    func trustedProxies() throws -> TrustedProxies {
        TrustedProxies(try addressRanges(.httpProxies))
    }

    func webhookAddresses() throws -> WebhookAddresses {
        WebhookAddresses(allowed: try addressRanges(.webhookAllow))
    }

    private func addressRanges(_ setting: Setting) throws -> [AddressRange] {
        let texts = (raw(setting).value ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
        return try texts.map { text in
            guard let range = AddressRange(text) else {
                let problem = "\(text) is no address, and no range such as 10.0.0.0/8"
                throw Problem(description: "\(setting.variable): \(problem)")
            }
            return range
        }
    }
}
