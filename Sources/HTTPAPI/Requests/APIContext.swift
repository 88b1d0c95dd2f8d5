import Hummingbird
import Logging
import NIOCore

/// What travels with a request through the router.
package struct APIContext: RequestContext {
    package var coreContext: CoreRequestContextStorage

    /// Names the request in answers and logs: `req_` and 32 hexadecimal digits. Kept here, because a log handler
    /// that drops metadata would drop it too.
    let requestID: String

    /// The connection that the answer goes to.
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        requestID = Self.newRequestID()
        channel = source.channel
        logger[metadataKey: "hb.request.id"] = "\(requestID)"
    }

    /// The framework's own have fewer digits when a process draws a small number.
    static func newRequestID() -> String {
        let digits = "\(RequestID())"
        return "req_" + String(repeating: "0", count: max(0, 32 - digits.utf8.count)) + digits
    }
}
