import AuthorizationCore
import AuthorizationEngine
import Hummingbird

/// Programs, as operators make and change them. An answer says that a version is in force once no decision is taken by
/// the one before.
struct ProgramRoutes: Sendable {
    private let services: HTTPServices
    private let store: any ProgramStore

    init(_ services: HTTPServices) {
        self.services = services
        store = services.programs
    }

    @Sendable func get(_ request: APIRequest) async throws -> APIAnswer {
        .ok(try await kept(request).jsonWithProposal)
    }

    @Sendable func create(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let fields = try request.fields(ProgramBody.fields.union(["name", "sandbox"]), errors)
        let name = fields.required("name", .note(1...64))
        let isSandbox = fields.optional("sandbox", .boolean) ?? false
        let body = try ProgramBody(fields, errors)
        let id = ProgramID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        var program = body.program(id, request.tenant, after: nil)
        program.sandbox = isSandbox ? Sandbox() : nil
        let new = KeptProgram(
            program: program,
            name: try errors.require(name),
            needsApproval: body.needsApproval ?? false
        )
        if let answer = try await repeated(request) { return answer }
        try body.check(networks: services.networks, after: nil)
        try await checkRange(of: new.program)
        return try await write(.create(new), request, before: nil, after: new, answer: new.json)
    }

    /// Where the program demands another operator's approval, the version is only proposed.
    @Sendable func change(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let fields = try request.fields(ProgramBody.fields.union(["version_in_force"]), errors)
        let based = fields.required("version_in_force", .integer(1...Int64(Int32.max)))
        let body = try ProgramBody(fields, errors)
        if let answer = try await repeated(request) { return answer }
        let before = try await kept(request)
        guard try errors.require(based) == Int64(before.program.version) else {
            return try await repeatedOrRefused(request)
        }
        try body.check(networks: services.networks, after: before.program)
        let program = body.program(before.program.id, request.tenant, after: before.program)
        try Self.checkLimits(of: program)
        try Self.checkProducts(of: program, after: before.program)
        if program.bin != before.program.bin { try await checkRange(of: program) }
        let needsApproval = body.needsApproval ?? before.needsApproval
        let after = KeptProgram(program: program, name: before.name, needsApproval: needsApproval)
        let proposal = ProposalID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        let write: ProgramWrite =
            before.needsApproval
            ? .propose(program, needsApproval: needsApproval, proposal)
            : .change(program, needsApproval: needsApproval)
        let answer = Self.state(program, before.needsApproval ? proposal : nil)
        return try await self.write(write, request, before: before, after: after, answer: answer)
    }

    @Sendable func approve(_ request: APIRequest) async throws -> APIAnswer {
        let wanted = try Self.proposalID(request)
        if let answer = try await repeated(request) { return answer }
        let before = try await kept(request)
        guard let proposal = before.proposal, proposal.id == wanted else { return try await repeatedOrRefused(request) }
        if case .operator(_, proposal.author) = request.actor {
            throw Problem(.approvalByAnother, "Nothing was changed. Ask another administrator.")
        }
        if proposal.program.bin != before.program.bin { try await checkRange(of: proposal.program, "/proposal_id") }
        let after = before.proposed(proposal)
        let answer = Self.state(proposal.program, nil)
        return try await write(.approve(proposal), request, before: before, after: after, answer: answer)
    }

    @Sendable func withdraw(_ request: APIRequest) async throws -> APIAnswer {
        let wanted = try Self.proposalID(request)
        if let answer = try await repeated(request) { return answer }
        let kept = try await kept(request)
        guard let proposal = kept.proposal, proposal.id == wanted else { return try await repeatedOrRefused(request) }
        guard case .operator(_, proposal.author) = request.actor else {
            throw Problem(.proposalOfAnother, "Nothing was changed. Ask who proposed it, or propose another version.")
        }
        let answer = Self.state(proposal.program, proposal.id, "withdrawn")
        let before = kept.proposed(proposal)
        return try await write(.withdraw(proposal), request, before: before, after: kept, answer: answer)
    }

    private static func proposalID(_ request: APIRequest) throws -> ProposalID {
        let errors = FieldErrors()
        let id: ProposalID? = try request.fields(["proposal_id"], errors).required("proposal_id", .identifier())
        return try errors.require(id)
    }

    private static func state(_ program: Program, _ proposal: ProposalID?) -> JSONOutput {
        state(program, proposal, proposal == nil ? "in_force" : "proposed")
    }

    private static func state(_ program: Program, _ proposal: ProposalID?, _ state: String) -> JSONOutput {
        [
            "program_id": .text(program.id.description),
            "version": .integer(Int64(program.version)),
            "state": .text(state),
            "proposal_id": .optional(proposal) { .text($0.description) },
        ]
    }

    private func kept(_ request: APIRequest) async throws -> KeptProgram {
        let id: ProgramID = try request.id(orElse: .noProgram)
        guard let kept = try await store.program(id, of: request.tenant) else { throw Problem.noProgram }
        return kept
    }

    /// A number leads to one program.
    ///
    /// - Parameter pointer: where the request says its first digits.
    private func checkRange(of program: Program, _ pointer: String = "/bin") async throws {
        guard try await store.isTaken(bin: program.bin, except: program.id) else { return }
        throw Problem(
            .binTaken,
            "Nothing was changed. Take other digits, or more of them.",
            errors: [FieldError(place: .pointer(pointer), detail: "Numbers of another program begin like this.")]
        )
    }

    /// A limit of what is verified needs balances in its currency.
    private static func checkLimits(of program: Program) throws {
        for limit in program.verification?.limits ?? [] where program.policy(for: limit.currency) == nil {
            let code = limit.currency.alphabetic
            throw Problem.invalid("/currencies", "What the program verifies has a limit in \(code): keep the currency.")
        }
    }

    /// Cards of a product that is gone could pay nothing.
    private static func checkProducts(of program: Program, after before: Program) throws {
        for old in before.issuing.products where program.issuing.product(named: old.name) == nil {
            throw Problem.invalid("/products", "Cards may be of the product \(old.name): change it, but keep it.")
        }
    }

    private static var changedMeanwhile: Problem {
        Problem(.programChanged, "Read the program again: another version is in force, or another one is proposed.")
    }
}

// MARK: - Writing, once for each Idempotency-Key

extension ProgramRoutes {
    /// The stored answer to an earlier request with this key.
    private func repeated(_ request: APIRequest) async throws -> APIAnswer? {
        guard let stored = try await services.storedAnswer(to: request) else { return nil }
        if request.operation != .createProgram { try await services.waitUntilInForce() }
        return APIAnswer(status: .created, body: .encoded(stored), isReplayed: true)
    }

    /// When a program is not as the request expects it: another process may just have carried this very request out.
    private func repeatedOrRefused(_ request: APIRequest) async throws -> APIAnswer {
        guard let stored = try await repeated(request) else { throw Self.changedMeanwhile }
        return stored
    }

    private func write(
        _ write: ProgramWrite,
        _ request: APIRequest,
        before: KeptProgram?,
        after: KeptProgram,
        answer: JSONOutput
    ) async throws -> APIAnswer {
        guard case .operator(let author, let name) = request.actor else {
            throw Problem(.operatorRequired, "Send it with an operator's key.")
        }
        let signed = SignedWrite(
            author: author,
            name: name.description,
            before: before?.record,
            after: after.record,
            request: try request.clientRequest(key: services.fingerprintKey),
            answer: answer.bytes
        )
        switch try await store.write(write, signed) {
        case .stored: break
        case .refused: return try await repeatedOrRefused(request)
        case .keyTaken:
            // Another process was faster; what it stored is there now.
            guard let stored = try await repeated(request) else { throw Problem.ledgerUnavailable }
            return stored
        }
        switch write {
        case .create, .propose, .withdraw: break
        case .change, .approve, .moveClock: try await services.waitUntilInForce()
        }
        return APIAnswer(status: .created, body: answer)
    }
}

extension Problem {
    /// Of an address; a program that a body names is told otherwise.
    static var noProgram: Problem {
        Problem(.notFound, "Check the program's id; one of another tenant is as unknown.")
    }
}
