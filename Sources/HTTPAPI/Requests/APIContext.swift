import Hummingbird
import Logging

/// What travels with a request through the router.
package struct APIContext: RequestContext {
    package var coreContext: CoreRequestContextStorage

    /// Names the request in answers and logs: `req_` and 32 hexadecimal digits. Kept here, because a log handler
    /// that drops metadata would drop it too.
    let requestID: String

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        let id = RequestID()
        requestID = "req_\(id)"
        logger[metadataKey: "hb.request.id"] = "\(id)"
    }
}
