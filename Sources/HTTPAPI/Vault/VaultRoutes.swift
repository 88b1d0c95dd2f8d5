import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What the vault's listener needs of the rest of Aval.
package struct VaultServices: Sendable {
    var store: any RevealStore
    var vault: PANVault
    /// Pages that may show a number, or show ours in a frame.
    var origins: [WebOrigin]
    var logger: Logger
    /// Nil where no program has keys.
    var cardCodes: CardCodes?
    /// Whose `X-Forwarded-For` is believed.
    var proxies: TrustedProxies

    package init(
        store: any RevealStore,
        vault: PANVault,
        origins: [WebOrigin],
        logger: Logger,
        cardCodes: CardCodes? = nil,
        proxies: TrustedProxies = TrustedProxies([])
    ) {
        self.store = store
        self.vault = vault
        self.origins = origins
        self.logger = logger
        self.cardCodes = cardCodes
        self.proxies = proxies
    }
}

/// The vault's own listener: the cardholder's browser comes here, so that a card's number passes no server but this one.
struct VaultRoutes: Sendable {
    private static let refusal = Problem(
        .revealTokenRefused,
        "Ask for another token with `POST /v1/cards/{id}/reveal-tokens`; each is good once and for a minute."
    )

    /// How long the security module may take for a card's code.
    private static let moduleLimit = Duration.seconds(5)

    let services: VaultServices

    func router() -> Router<APIContext> {
        let router = Router(context: APIContext.self)
        router.post("/reveal") { request, context in await answer(request, context, reveal) }
        router.on("/reveal", method: .options) { request, context in await answer(request, context, preflight) }
        router.get("/card") { _, _ in page(RevealPage.html, "text/html; charset=utf-8") }
        router.get("/card.js") { _, _ in page(RevealPage.script, "text/javascript; charset=utf-8") }
        return router
    }

    private func answer(
        _ request: Request,
        _ context: APIContext,
        _ handler: (Request, APIContext) async throws -> Response
    ) async -> Response {
        var response: Response
        do {
            response = try await handler(request, context)
        } catch let problem as Problem {
            response = problem.response(requestID: context.requestID)
        } catch {
            let name = String(describing: type(of: error))
            context.logger.error("a reveal failed", metadata: ["problem": "\(name)"])
            response = Problem(.internalError, "Try again with another token.").response(requestID: context.requestID)
        }
        if let origin = origin(of: request), isAllowed(origin, request) {
            response.headers[.accessControlAllowOrigin] = origin
        }
        response.headers[.vary] = "Origin"
        response.headers[.cacheControl] = "no-store"
        RequestGate.name(&response, requestID: context.requestID)
        return response
    }

    /// What a browser asks before it sends a page's request (Fetch, CORS protocol).
    private func preflight(_ request: Request, _ context: APIContext) throws -> Response {
        try checkOrigin(request)
        return Response(
            status: .noContent,
            headers: [.accessControlAllowMethods: "POST", .accessControlAllowHeaders: "Content-Type"]
        )
    }

    private func reveal(_ request: Request, _ context: APIContext) async throws -> Response {
        try checkOrigin(request)
        let errors = FieldErrors()
        let body = try await BodyReading.json(of: request, .required) ?? .object([])
        guard let fields = ObjectReader(body, fields: ["token"], errors) else { throw Problem.invalid(errors.list) }
        let token = try errors.require(fields.required("token", .text(1...1_000)))
        let address = services.proxies.client(of: request.headers, from: context.channel.remoteAddress?.ipAddress)
        guard let permission = try RevealToken.permission(from: token, services.vault, now: .wallClock),
            let number = try await services.store.use(
                permission,
                from: address?.description ?? "",
                origin: origin(of: request)
            )
        else { throw Self.refusal }
        let secret = number.secret
        let pan = try services.vault.open(
            secret.ciphertext,
            keyID: secret.keyID,
            associatedData: permission.card.bytes
        )
        let card = try await RevealedCard(
            permission.card,
            pan,
            expiry: number.expiry,
            codes: services.cardCodes,
            within: Self.moduleLimit
        )
        services.logger.notice(
            "a card number was revealed",
            metadata: [
                "card": "\(permission.card)", "tenant": "\(permission.tenant)", "permission": "\(permission.id)",
                "request": "\(context.requestID)",
            ]
        )
        return Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: card.json)
        )
    }

    /// A request of no page has no origin; that of our own page has our own.
    private func checkOrigin(_ request: Request) throws {
        guard let origin = origin(of: request), !isAllowed(origin, request) else { return }
        throw Problem(.revealTokenRefused, "This page's origin is not one of those that may show card numbers.")
    }

    private func isAllowed(_ origin: String, _ request: Request) -> Bool {
        guard let known = WebOrigin(origin) else { return false }
        return services.origins.contains(known) || origin.hasSuffix("://\(request.head.authority ?? "")")
    }

    private func origin(of request: Request) -> String? {
        request.headers[.origin].map { String($0.prefix(WebOrigin.longest)) }
    }

    private func page(_ text: String, _ contentType: String) -> Response {
        let frames = services.origins.isEmpty ? "'none'" : services.origins.map(\.description).joined(separator: " ")
        return Response(
            status: .ok,
            headers: [
                .contentType: contentType, .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
                .contentSecurityPolicy:
                    "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors \(frames)",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
