import AuthorizationEngine
import HTTPTypes
import Hummingbird
import NIOCore

/// What operators and their machines ask.
struct ProbeRoutes: Sendable {
    private let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    /// The process is there. Says nothing of the ledger.
    @Sendable func checkHealth(_ request: Request, _ context: APIContext) -> Response {
        bytesResponse(JSONOutput.object([("status", "alive")]).bytes, "application/json")
    }

    /// Requests can be decided.
    @Sendable func checkReadiness(_ request: Request, _ context: APIContext) async throws -> Response {
        guard await services.reader.isReady() else {
            throw Problem(
                .ledgerUnavailable,
                "The database does not answer, or has another schema than this build; `aval migrate` tells which.",
                retryAfter: 1
            )
        }
        return bytesResponse(JSONOutput.object([("status", "ready")]).bytes, "application/json")
    }

    @Sendable func getMetrics(_ request: Request, _ context: APIContext) -> Response {
        let text = services.metrics.text + services.metricsText()
        return bytesResponse(Array(text.utf8), "text/plain; version=0.0.4; charset=utf-8")
    }
}

/// An answer that is there as bytes.
func bytesResponse(_ bytes: [UInt8], _ contentType: String) -> Response {
    Response(
        status: .init(code: 200),
        headers: [.contentType: contentType, .cacheControl: "no-store"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
    )
}
