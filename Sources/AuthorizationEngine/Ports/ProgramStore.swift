import AuthorizationCore

package enum ProposalKind: IdentifierKind { package static let prefix = "pps" }
package enum ActionKind: IdentifierKind { package static let prefix = "act" }

package typealias ProposalID = Identifier<ProposalKind>
package typealias ActionID = Identifier<ActionKind>

/// A new version of a program that waits for another operator's approval.
package struct ProgramProposal: Sendable {
    package var id: ProposalID
    package var program: Program
    package var needsApproval: Bool
    package var author: OperatorName
    package var proposedAt: Instant

    package init(
        id: ProposalID,
        program: Program,
        needsApproval: Bool,
        author: OperatorName,
        proposedAt: Instant
    ) {
        self.id = id
        self.program = program
        self.needsApproval = needsApproval
        self.author = author
        self.proposedAt = proposedAt
    }
}

/// A program with what operators know of it.
package struct KeptProgram: Sendable {
    /// The version in force.
    package var program: Program
    package var name: String
    /// Whether a second operator must approve each change.
    package var needsApproval: Bool
    package var proposal: ProgramProposal?

    package init(program: Program, name: String, needsApproval: Bool, proposal: ProgramProposal? = nil) {
        self.program = program
        self.name = name
        self.needsApproval = needsApproval
        self.proposal = proposal
    }

    /// As it is with what was proposed in force.
    package func proposed(_ proposal: ProgramProposal) -> KeptProgram {
        KeptProgram(program: proposal.program, name: name, needsApproval: proposal.needsApproval)
    }
}

/// What an operator does to a program.
package enum ProgramWrite: Sendable {
    case create(KeptProgram)
    /// Puts a version in force, if the one before is, and nobody needs to approve it.
    case change(Program, needsApproval: Bool)
    /// Where somebody needs to; takes the place of what was proposed before.
    case propose(Program, needsApproval: Bool, ProposalID)
    /// By another operator than who proposed it.
    case approve(ProgramProposal)
    /// By who proposed it.
    case withdraw(ProgramProposal)
    /// Puts a version in force that differs from the one before in its sandbox's clock alone. Needs no approval.
    case moveClock(Program)
}

/// Who writes, and what is kept of it.
package struct SignedWrite: Sendable {
    /// Nil while there is no operator, and for an API key.
    package var author: OperatorID?
    /// Of a test clock's move, where an API key asked for it.
    package var apiKey: APIKeyID?
    package var name: String
    /// For people.
    package var details = ""
    /// JSON of the program before and after, for the record.
    package var before: String?
    package var after: String
    /// Nil without an Idempotency-Key.
    package var request: ClientRequest?
    /// What a repeat gets.
    package var answer: [UInt8]

    package init(
        author: OperatorID?,
        apiKey: APIKeyID? = nil,
        name: String,
        before: String?,
        after: String,
        request: ClientRequest?,
        answer: [UInt8]
    ) {
        self.author = author
        self.apiKey = apiKey
        self.name = name
        self.before = before
        self.after = after
        self.request = request
        self.answer = answer
    }
}

package enum WriteOutcome: Hashable, Sendable {
    case stored
    /// Somebody else was faster, or the writer may not do this: approve their own proposal, or take away the last key.
    case refused
    /// Another request with this Idempotency-Key was stored.
    case keyTaken
}

/// A change as it was recorded.
package struct AuditRecord: Sendable {
    package var id: ActionID
    package var at: Instant
    /// Nil for what was set up before there was an operator, for what nobody did, and for what an API key did.
    package var name: String?
    package var apiKey: APIKeyID?
    package var action: String
    package var object: String
    package var details: String
    /// JSON.
    package var before: String?
    package var after: String?

    package init(
        id: ActionID,
        at: Instant,
        name: String?,
        apiKey: APIKeyID?,
        action: String,
        object: String,
        details: String,
        before: String?,
        after: String?
    ) {
        self.id = id
        self.at = at
        self.name = name
        self.apiKey = apiKey
        self.action = action
        self.object = object
        self.details = details
        self.before = before
        self.after = after
    }
}

/// What operators change and read over HTTP, away from the lanes.
package protocol ProgramStore: Sendable {
    func program(_ id: ProgramID, of tenant: TenantID) async throws -> KeptProgram?
    /// Whether another program's card numbers may begin like that, or with the first digits of it; any tenant's.
    func isTaken(bin: String, except program: ProgramID) async throws -> Bool
    /// The answer that was stored under an Idempotency-Key, with its request's fingerprint.
    func answer(to key: ClientKey) async throws -> (fingerprint: [UInt8], answer: [UInt8])?
    /// Whether a lane decided a request with this Idempotency-Key.
    func isDecided(_ key: ClientKey) async throws -> Bool
    /// All of it in one transaction.
    func write(_ write: ProgramWrite, _ signed: SignedWrite) async throws -> WriteOutcome
    /// Waits until no decision is taken by what was in force before this call.
    ///
    /// - Returns: false when the time was up first.
    func waitUntilInForce(within limit: Duration) async throws -> Bool
    /// The newest first; nil when there is no such record of the tenant to go on from.
    func records(of tenant: TenantID, before: ActionID?, limit: Int) async throws -> [AuditRecord]?
}
