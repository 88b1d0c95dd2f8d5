import AuthorizationCore
import Testing

@Suite struct `Names of messages` {
    private static func preAuthorization(_ number: Int, transaction: String = "TX") -> AuthorizationRequest {
        var request = AuthorizationRequest.of(1_000, key: "net:0100:\(number)")
        request.network = "net"
        request.purpose = .preAuthorization
        request.references.transactionID = transaction
        request.references.acquirer = "1234"
        request.references.retrievalReference = "REF\(number)"
        return request
    }

    private static func reversal(_ target: AuthorizationLink) -> Command {
        .reverse(Reversal(target: target, message: MessageIdentity(key: "net:0420:1", fingerprint: [2])))
    }

    private static func code(_ decision: Decision) throws -> String {
        guard case .approved(let approval) = decision.outcome else { throw NotApproved() }
        return approval.codeText
    }

    private struct NotApproved: Error {}

    @Test func `a pre-authorization is known by message, transaction, and reference with approval code`() throws {
        var world = World()
        let decision = world.perform(.authorize(Self.preAuthorization(1)))
        let names = [
            AuthorizationLink.message("net:0100:1"), .message("net:nti:TX"),
            .message("net:rrn:1234:REF1:\(try Self.code(decision))"),
            .message("unknown", aliases: ["net:nti:TX"]), .message("", aliases: ["x", "y", "net:0100:1"]),
        ]
        for name in names {
            var copy = world
            #expect(copy.perform(Self.reversal(name)).acknowledgement == .applied, "\(name)")
            #expect(copy.euros.pendingDebits == 0)
        }
        for name in ["other:nti:TX", "net:nti:T", "net:rrn:1234:REF1:"] {
            #expect(world.decision(on: Self.reversal(.message(name))).acknowledgement == .waitsForOriginal)
        }
    }

    @Test func `a plain purchase has one name, and one more with a transaction identifier`() {
        var world = World()
        var request = Self.preAuthorization(1, transaction: "")
        request.purpose = .final
        world.perform(.authorize(request))
        #expect(Set(world.state.keys.keys) == ["net:0100:1"])
        request.message?.key = "net:0100:2"
        request.references.transactionID = "TX"
        world.perform(.authorize(request))
        #expect(Set(world.state.keys.keys) == ["net:0100:1", "net:0100:2", "net:nti:TX"])
        // Over HTTP a request has none.
        request.message = nil
        request.references.transactionID = "TY"
        #expect(world.perform(.authorize(request)).changes.allSatisfy { if case .key = $0 { false } else { true } })
    }

    @Test func `the first message of a transaction keeps its name`() {
        var world = World()
        let first = world.perform(.authorize(Self.preAuthorization(1)))
        world.perform(.authorize(Self.preAuthorization(2)))
        #expect(world.state.keys["net:nti:TX"]?.authorization == first.authorization)
    }

    @Test func `a reversal by transaction alone waits under it`() {
        var world = World()
        #expect(world.perform(Self.reversal(.message("net:nti:TX"))).acknowledgement == .waitsForOriginal)
        #expect(world.perform(.authorize(Self.preAuthorization(1))).declineReason == .reversedBeforeArrival)
        #expect(world.euros.pendingDebits == 0)
        // It is settled: the transaction may go on.
        #expect(world.perform(.authorize(Self.preAuthorization(2))).isApproved)
    }

    @Test func `a name that leads to an authorization goes before one that is only waited for`() {
        var world = World()
        world.perform(Self.reversal(.message("net:0100:9")))
        world.perform(.authorize(Self.preAuthorization(1)))
        let link = AuthorizationLink.message("net:0100:9", aliases: ["net:nti:TX"])
        let message = MessageIdentity(key: "net:0420:2", fingerprint: [2])
        #expect(world.perform(.reverse(Reversal(target: link, message: message))).acknowledgement == .applied)
    }

    @Test func `references that the ledger's text cannot hold make no name`() {
        let references = NetworkReferences(transactionID: "T\0X", acquirer: "1", retrievalReference: "R\0")
        #expect(references.transactionKey(network: "net") == nil)
        #expect(references.approvalKey(network: "net", approvalCode: "1") == nil)
        #expect(NetworkReferences().transactionKey(network: "net") == nil)
        #expect(NetworkReferences(retrievalReference: "R").approvalKey(network: "net", approvalCode: "") == nil)
    }
}
