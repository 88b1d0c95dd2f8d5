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
        let id = RequestID()
        requestID = "req_\(id)"
        channel = source.channel
        logger[metadataKey: "hb.request.id"] = "\(id)"
    }
}
