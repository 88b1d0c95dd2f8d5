import AuthorizationEngine
import CardCryptography
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The way in and out that all operations share: names the request, finds out who sent it, reads its body, turns errors
/// into problems and counts.
struct RequestGate: Sendable {
    typealias ClientHandler = @Sendable (APIRequest) async throws -> APIAnswer
    typealias OpenHandler = @Sendable (Request, APIContext) async throws -> Response

    private let services: HTTPServices
    private let authenticator: Authenticator
    private let keys = KeysInFlight()
    private let largeBodies = LargeBodies()

    init(_ services: HTTPServices) {
        self.services = services
        authenticator = Authenticator(reader: services.reader)
    }

    /// An operation that only clients with an API key and operators may use.
    func client(_ operation: APIOperation, _ handler: @escaping ClientHandler) -> OpenHandler {
        admitted(operation) { request, _, context in
            let answer = try await handler(request)
            if let delivery = answer.delivery {
                context.channel.triggerUserOutboundEvent(DeliveryAhead(delivery: delivery), promise: nil)
            }
            return Self.response(answer)
        }
    }

    /// An operation that answers with bytes of its own making.
    func clientBytes(
        _ operation: APIOperation,
        _ handler: @escaping @Sendable (APIRequest) async throws -> Response
    ) -> OpenHandler {
        admitted(operation) { request, _, _ in try await handler(request) }
    }

    /// An operation whose answer goes on for long.
    func clientStream(
        _ operation: APIOperation,
        _ handler: @escaping @Sendable (APIRequest, StreamingClient) async throws -> Response
    ) -> OpenHandler {
        admitted(operation) { prepared, request, context in
            let client = StreamingClient(headers: request.headers, channel: context.channel) {
                try await sender(of: request, operation, context).principal.check(operation)
            }
            return try await handler(prepared, client)
        }
    }

    /// Who sends a request, whether or not they may, and from where.
    private func sender(
        of request: Request,
        _ operation: APIOperation,
        _ context: APIContext
    ) async throws -> (principal: Principal, address: IPAddress?) {
        let address = services.proxies.client(of: request.headers, from: context.channel.remoteAddress?.ipAddress)
        return (try await authenticator.principal(request.headers, operation, from: address), address)
    }

    /// Whoever is known is counted before anything else is looked at, and told how much is left whatever the answer.
    private func admitted(
        _ operation: APIOperation,
        _ handler: @escaping @Sendable (APIRequest, Request, APIContext) async throws -> Response
    ) -> OpenHandler {
        open(operation) { request, context in
            let (principal, address) = try await sender(of: request, operation, context)
            let verdict = try await services.rates.take(for: principal)
            var response: Response
            do {
                try principal.check(operation)
                response = try await largeBodies.run(operation, of: principal.tenant) {
                    let prepared = try await prepare(operation, request, context, principal, from: address)
                    return try await keys.run(prepared.clientKey, within: services.requestTimeout) {
                        try await handler(prepared, request, context)
                    }
                }
            } catch {
                response = problem(for: error, operation, context).response(requestID: context.requestID)
            }
            verdict?.write(to: &response.headers)
            return response
        }
    }

    /// An operation that needs no key.
    func open(_ operation: APIOperation, _ handler: @escaping OpenHandler) -> OpenHandler {
        { request, context in
            let started = ContinuousClock.now
            services.inFlight.begin(operation, requestID: context.requestID)
            defer { services.inFlight.end(requestID: context.requestID) }
            var response: Response
            do {
                response = try await handler(request, context)
            } catch {
                response = problem(for: error, operation, context).response(requestID: context.requestID)
            }
            Self.name(&response, requestID: context.requestID)
            services.metrics.record(operation, status: response.status.code, .now - started)
            return response
        }
    }

    private func prepare(
        _ operation: APIOperation,
        _ request: Request,
        _ context: APIContext,
        _ principal: Principal,
        from address: IPAddress?
    ) async throws -> APIRequest {
        // An operation with parameters tells of all that is wrong with them at once.
        if operation.parameters.isEmpty {
            let errors = FieldErrors()
            _ = QueryReader(request.uri.query, parameters: [], errors)
            try errors.check()
        }
        return APIRequest(
            operation: operation,
            requestID: context.requestID,
            tenant: principal.tenant,
            actor: principal.actor,
            terms: principal.terms,
            address: address,
            path: request.uri.path,
            queryText: request.uri.query,
            pathID: context.parameters.get("id") ?? "",
            body: try await BodyReading.json(of: request, operation.body, upTo: operation.largestBody),
            idempotencyKey: try IdempotencyKey.read(request.headers, for: operation),
            logger: context.logger
        )
    }

    /// Errors that are no problems yet come from the vault or from the ledger's reader.
    private func problem(for error: any Error, _ operation: APIOperation, _ context: APIContext) -> Problem {
        let problem: Problem
        switch error {
        case let told as Problem: problem = told
        case is CryptographyError: problem = .vaultFailed
        default: problem = .ledgerUnavailable
        }
        if let level = problem.logLevel {
            context.logger.log(
                level: level,
                "a request failed",
                metadata: [
                    "operation": "\(operation.rawValue)", "code": "\(problem.code.rawValue)",
                    "problem": "\(error is Problem ? "" : String(describing: type(of: error)))",
                ]
            )
        }
        return problem
    }

    private static func response(_ answer: APIAnswer) -> Response {
        var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
        if answer.isReplayed, let name = HTTPField.Name("Idempotency-Replayed") { headers[name] = "true" }
        if let location = answer.location { headers[.location] = location }
        return Response(
            status: .init(code: answer.status.rawValue),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body.bytes))
        )
    }

    static func name(_ response: inout Response, requestID: String) {
        if let name = HTTPField.Name("X-Request-Id") { response.headers[name] = requestID }
        response.headers[.xContentTypeOptions] = "nosniff"
    }
}

/// Answers what no route answers: 405 where another method would do, 404 elsewhere.
struct UnroutedRequests: RouterMiddleware {
    typealias Context = APIContext

    let metrics: HTTPMetrics

    func handle(
        _ request: Request,
        context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch is HTTPError {
            var problem = Problem(.notFound, "Check the address; `/docs` shows what there is.")
            if let allowed = APIOperation.allowedMethods(at: request.uri.path) {
                problem = Problem(.methodNotAllowed, "Use one of: \(allowed).")
                problem.allow = allowed
            }
            var response = problem.response(requestID: context.requestID)
            RequestGate.name(&response, requestID: context.requestID)
            metrics.recordUnrouted(status: response.status.code)
            return response
        }
    }
}
