import AuthorizationEngine
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What is wrong with one part of a request. Never repeats the value that was sent.
struct FieldError: Hashable, Sendable {
    enum Place: Hashable, Sendable {
        /// JSON pointer (RFC 6901) into the body; the empty pointer is the body itself.
        case pointer(String)
        /// Name of a query parameter.
        case parameter(String)
        /// Name of a header.
        case header(String)
    }

    var place: Place
    var detail: String

    var json: JSONOutput {
        switch place {
        case .pointer(let pointer): ["pointer": .text(pointer), "detail": .text(detail)]
        case .parameter(let name): ["parameter": .text(name), "detail": .text(detail)]
        case .header(let name): ["header": .text(name), "detail": .text(detail)]
        }
    }
}

/// An error as RFC 9457 tells it.
struct Problem: Error {
    var code: ProblemCode
    /// What to do about it, in a sentence or two. Holds nothing of the request's values.
    var detail: String
    var errors: [FieldError] = []
    /// Seconds after which trying again makes sense.
    var retryAfter: Int?
    /// Methods that the address knows, for 405.
    var allow: String?
    /// For 429.
    var rate: RateVerdict?
    /// How seriously operators are to take it; nil is the sender's affair alone.
    var logLevel: Logger.Level?

    init(_ code: ProblemCode, _ detail: String, errors: [FieldError] = [], retryAfter: Int? = nil) {
        self.code = code
        self.detail = detail
        self.errors = errors
        self.retryAfter = retryAfter
        logLevel = code.status.code >= 500 ? .error : nil
    }

    /// Of what clients may have only so much of at a time. Reaching that is no failure of ours.
    static func tooManyAtOnce(_ detail: String) -> Problem {
        var problem = Problem(.overloaded, detail, retryAfter: 1)
        problem.logLevel = .info
        return problem
    }

    static func invalid(_ errors: [FieldError]) -> Problem {
        Problem(.invalidRequest, "Correct what `errors` names and send the request again.", errors: errors)
    }

    static func invalid(_ pointer: String, _ detail: String) -> Problem {
        .invalid([FieldError(place: .pointer(pointer), detail: detail)])
    }

    static func invalid(parameter name: String, _ detail: String) -> Problem {
        .invalid([FieldError(place: .parameter(name), detail: detail)])
    }

    func json(requestID: String) -> JSONOutput {
        [
            "type": .text("urn:aval:problem:\(code.rawValue)"),
            "title": .text(code.title),
            "status": .integer(Int64(code.status.code)),
            "code": .text(code.rawValue),
            "detail": .text(detail),
            "request_id": .text(requestID),
            "errors": .list(errors.map(\.json)),
        ]
    }

    func response(requestID: String) -> Response {
        var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
        if let retryAfter { headers[.retryAfter] = String(retryAfter) }
        if let allow { headers[.allow] = allow }
        rate?.write(to: &headers)
        if code == .unauthenticated { headers[.wwwAuthenticate] = "Bearer realm=\"aval\"" }
        let body = ResponseBody(byteBuffer: ByteBuffer(bytes: json(requestID: requestID).bytes))
        return Response(status: code.status, headers: headers, body: body)
    }
}
