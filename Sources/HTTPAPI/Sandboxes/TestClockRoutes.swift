import AuthorizationCore
import AuthorizationEngine
import Hummingbird

/// The clock of a sandbox. A move is a version of its program: once it is answered, every decision goes by it, and the
/// holds that are due by it have ended.
struct TestClockRoutes: Sendable {
    /// Of one move, in seconds: 400 days.
    private static let advances: ClosedRange<Int64> = 1...34_560_000

    private let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    @Sendable func get(_ request: APIRequest) async throws -> APIAnswer {
        .ok(Self.json(try await sandbox(request).program))
    }

    @Sendable func move(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let fields = try request.fields(["advance_seconds", "to"], errors)
        let advance = fields.optional("advance_seconds", .integer(Self.advances))
        let time = fields.optional("to", .instant)
        if fields.has("advance_seconds") == fields.has("to") {
            errors.add("", "Give exactly one of advance_seconds and to.")
        }
        try errors.check()
        if let answer = try await repeated(request) { return answer }
        let before = try await sandbox(request)
        var after = before
        let offset = try Self.offset(of: before.program, advance, time)
        after.program.version += 1
        after.program.sandbox = Sandbox(clockOffset: offset)
        return try await write(before, after, request)
    }

    /// How far the clock is ahead afterwards, in seconds.
    private static func offset(of program: Program, _ advance: Int64?, _ time: Instant?) throws -> Int64 {
        let now = program.sandbox?.clockOffset ?? 0
        var wanted = advance.map { now + $0 } ?? now
        if let time {
            let ahead = time.microseconds - Instant.wallClock.microseconds
            wanted = ahead / 1_000_000 + (ahead % 1_000_000 > 0 ? 1 : 0)
        }
        guard advances.contains(wanted - now), Sandbox.clockOffsets.contains(wanted) else {
            let limits = "Only forwards, at most 400 days at once and ten years in all."
            throw Problem.invalid(advance == nil ? "/to" : "/advance_seconds", limits)
        }
        return wanted
    }

    private func sandbox(_ request: APIRequest) async throws -> KeptProgram {
        let id: ProgramID = try request.id(orElse: .noProgram)
        guard let kept = try await services.programs.program(id, of: request.tenant) else { throw Problem.noProgram }
        guard kept.program.sandbox != nil else { throw Problem.notASandbox }
        return kept
    }

    private static func json(_ program: Program) -> JSONOutput {
        [
            "program_id": .text(program.id.description),
            "now": .text(Timestamp.text(program.clock(at: .wallClock))),
            "ahead_seconds": .integer(program.sandbox?.clockOffset ?? 0),
        ]
    }
}

// MARK: - Writing, once for each Idempotency-Key

extension TestClockRoutes {
    /// The stored answer to an earlier request with this key, once what it promises is so.
    private func repeated(_ request: APIRequest) async throws -> APIAnswer? {
        guard let answer = try await services.repeated(request, .ok) else { return nil }
        try await settle(try await sandbox(request).program)
        return answer
    }

    private func write(_ before: KeptProgram, _ after: KeptProgram, _ request: APIRequest) async throws -> APIAnswer {
        let answer = Self.json(after.program)
        let signed = SignedWrite(
            by: request.actor,
            before: before.record,
            after: after.record,
            request: try request.clientRequest(key: services.fingerprintKey),
            answer: answer.bytes
        )
        switch try await services.programs.write(.moveClock(after.program), signed) {
        case .stored: break
        case .refused, .keyTaken:
            // Another process may just have carried this very request out.
            if let answer = try await repeated(request) { return answer }
            throw Problem(.programChanged, "The program or its clock was changed meanwhile. Send it again.")
        }
        try await settle(after.program)
        return .ok(answer)
    }

    private func settle(_ program: Program) async throws {
        let deadline = ContinuousClock.now + services.requestTimeout
        try await services.waitUntilInForce()
        guard try await services.expirer.walkThrough(program, until: deadline) else {
            throw Problem(
                .deadlineExceeded,
                "The clock is moved, but holds are still to end. Send it again with the same Idempotency-Key.",
                retryAfter: 1
            )
        }
    }
}

extension SignedWrite {
    fileprivate init(
        by actor: CommandActor,
        before: String,
        after: String,
        request: ClientRequest?,
        answer: [UInt8]
    ) {
        let (person, key, name): (OperatorID?, APIKeyID?, String) =
            switch actor {
            case .operator(let id, let name): (id, nil, name.description)
            case .apiKey(let id): (nil, id, id.description)
            }
        self.init(
            author: person,
            apiKey: key,
            name: name,
            before: before,
            after: after,
            request: request,
            answer: answer
        )
    }
}
