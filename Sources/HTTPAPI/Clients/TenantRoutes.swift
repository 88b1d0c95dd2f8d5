import AuthorizationCore
import AuthorizationEngine
import Hummingbird

/// The tenant that asks, or that an operator names. Tenants are made by command line: over HTTP an operator acts for
/// one that is there.
struct TenantRoutes: Sendable {
    private let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    @Sendable func get(_ request: APIRequest) async throws -> APIAnswer {
        guard let tenant = try await services.clients.tenant(request.tenant) else {
            throw Problem(.internalError, "The tenant cannot be shown. Tell the operator the request id.")
        }
        let programs = tenant.programs.map { program -> JSONOutput in
            [
                "id": .text(program.id.description), "name": .text(program.name),
                "version": .integer(Int64(program.version)),
            ]
        }
        return .ok([
            "id": .text(tenant.id.description),
            "name": .text(tenant.name),
            "created_at": .text(Timestamp.text(tenant.createdAt)),
            "programs": .list(programs),
            "limits": ["usual_rate": .optional(services.rates.usual) { $0.json }],
        ])
    }
}
