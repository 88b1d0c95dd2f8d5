import HTTPTypes
import Hummingbird

/// All routes of the API over the rest of Aval.
package func httpRouter(_ services: HTTPServices) -> Router<APIContext> {
    let router = Router(context: APIContext.self, options: [.autoGenerateHeadEndpoints])
    router.add(middleware: UnroutedRequests(metrics: services.metrics))
    let gate = RequestGate(services)
    let accounts = AccountRoutes(services)
    let programs = ProgramRoutes(services)
    let audit = AuditRoutes(services)
    let money = MoneyRoutes(services)
    let legalHolds = LegalHoldRoutes(services)
    let cards = CardRoutes(services)
    let instances = InstanceRoutes(services)
    let pins = PINRoutes(services)
    let authorizations = AuthorizationRoutes(services)
    let events = EventRoutes(services)
    let probes = ProbeRoutes(services)
    let documentation = DocumentationRoutes(services)

    for operation in APIOperation.allCases {
        let handler: RequestGate.OpenHandler =
            switch operation {
            case .listPrograms: gate.client(operation, accounts.listPrograms)
            case .createProgram: gate.client(operation, programs.create)
            case .getProgram: gate.client(operation, programs.get)
            case .changeProgram: gate.client(operation, programs.change)
            case .approveProgram: gate.client(operation, programs.approve)
            case .openAccount: gate.client(operation, accounts.open)
            case .getAccount: gate.client(operation, accounts.get)
            case .changeAccountStatus: gate.client(operation, accounts.changeStatus)
            case .fundAccount: gate.client(operation, accounts.fund)
            case .withdraw: gate.client(operation, money.withdraw)
            case .adjustBalance: gate.client(operation, money.adjust)
            case .transferMoney: gate.client(operation, money.transfer)
            case .getTransfer: gate.client(operation, money.getTransfer)
            case .placeLegalHold: gate.client(operation, legalHolds.place)
            case .listLegalHolds: gate.client(operation, legalHolds.list)
            case .releaseLegalHold: gate.client(operation, legalHolds.release)
            case .issueCard: gate.client(operation, cards.issue)
            case .getCard: gate.client(operation, cards.get)
            case .changeCardStatus: gate.client(operation, cards.changeStatus)
            case .reissueCard: gate.client(operation, instances.reissue)
            case .activateInstance: gate.client(operation, instances.activate)
            case .replaceCard: gate.client(operation, instances.replace)
            case .revealCard: gate.clientBytes(operation, cards.reveal)
            case .makeRevealToken: gate.client(operation, cards.makeRevealToken)
            case .setPIN: gate.client(operation, pins.set)
            case .unblockPIN: gate.client(operation, pins.unblock)
            case .authorize: gate.client(operation, authorizations.authorize)
            case .listAuthorizations: gate.client(operation, authorizations.list)
            case .getAuthorization: gate.client(operation, authorizations.get)
            case .reverseAuthorization: gate.client(operation, authorizations.reverse)
            case .clearAuthorization: gate.client(operation, authorizations.clear)
            case .listEvents: gate.client(operation, events.list)
            case .streamEvents: gate.clientStream(operation, events.stream)
            case .listOperatorActions: gate.client(operation, audit.list)
            case .checkHealth: gate.open(operation, probes.checkHealth)
            case .checkReadiness: gate.open(operation, probes.checkReadiness)
            case .getMetrics: gate.open(operation, probes.getMetrics)
            case .getDocument: gate.open(operation, documentation.getDocument)
            case .getDocumentation: gate.open(operation, documentation.getPage)
            case .getDocumentationFile: gate.open(operation, documentation.getFile)
            }
        router.on(RouterPath(operation.path), method: operation.method == .get ? .get : .post, use: handler)
    }
    return router
}
