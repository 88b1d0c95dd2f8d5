import AuthorizationCore
import Testing

/// Messages that ISO 8583 element 90 names alike, and that further elements of their key tell apart.
@Suite struct `Keys of messages` {
    private static let hash = [UInt8](repeating: 7, count: MessageIdentity.hashByteCount)

    private static func purchase(_ amount: Int64, _ further: String, _ content: UInt8 = 7) -> Command {
        var request = AuthorizationRequest.of(amount)
        let hash = [UInt8](repeating: content, count: MessageIdentity.hashByteCount)
        request.message = MessageIdentity(key: "net:0100:1", fingerprint: hash + Array(further.utf8))
        return .authorize(request)
    }

    /// Decides as a lane does.
    @discardableResult
    private static func perform(_ command: Command, _ world: inout World) -> Decision {
        world.perform(command.resolved(in: world.state))
    }

    private static func keys(_ world: World) -> Set<RequestKey> { Set(world.state.keys.keys) }

    @Test func `the second message of a key has the longer one, where its repeat finds it`() {
        var world = World()
        Self.perform(Self.purchase(100, "A"), &world)
        #expect(Self.keys(world) == ["net:0100:1"])
        Self.perform(Self.purchase(100, "B"), &world)
        #expect(Self.keys(world) == ["net:0100:1", "net:0100:1:42"] && world.euros.pendingDebits == 200)
        for (further, key) in [("A", "net:0100:1"), ("B", "net:0100:1:42"), ("", "net:0100:1")] {
            #expect(Self.purchase(100, further).resolved(in: world.state).message?.key == key)
        }
        let third = Self.purchase(100, "CC").resolved(in: world.state).message
        #expect(third?.key == "net:0100:1:4343" && third?.longKey == "net:0100:1:4343:4343")
    }

    @Test func `one that was stored without further elements is the same message`() {
        var world = World()
        Self.perform(Self.purchase(100, ""), &world)
        let repeated = Self.purchase(100, "A").resolved(in: world.state)
        #expect(repeated.message?.key == "net:0100:1")
        let record = world.state.keys["net:0100:1"]
        #expect(record.map { repeated.message?.hasContent(of: $0) ?? false } == true)
        let other = Self.purchase(900, "A", 8).resolved(in: world.state)
        #expect(record.map { other.message?.hasContent(of: $0) ?? true } == false)
    }

    /// Of the second message.
    private static func reversal() -> Reversal {
        Reversal(
            target: .message("net:0100:1", aliases: ["net:0100:1:42", "net:rrn:1:2:3"]),
            message: MessageIdentity(key: "net:0420:1", fingerprint: [2])
        )
    }

    @Test func `what names a message finds it under the longer key, else under the short one, where it also waits`() {
        var world = World()
        #expect(Self.perform(.reverse(Self.reversal()), &world).acknowledgement == .waitsForOriginal)
        #expect(Self.keys(world) == ["net:0100:1", "net:0420:1"])
        #expect(Self.perform(Self.purchase(100, "B"), &world).declineReason == .reversedBeforeArrival)
        world = World()
        Self.perform(Self.purchase(100, "A"), &world)
        Self.perform(Self.purchase(300, "B"), &world)
        #expect(Self.perform(.reverse(Self.reversal()), &world).acknowledgement == .applied)
        #expect(world.euros.pendingDebits == 100)
        world = World()
        Self.perform(Self.purchase(100, ""), &world)
        #expect(Self.perform(.reverse(Self.reversal()), &world).acknowledgement == .applied)
        #expect(world.euros.pendingDebits == 0)
    }

    /// Networks give reversals a reference of their own (element 37), so that it cannot tell which one is meant while
    /// only one message is known.
    @Test func `a reversal finds the only message that its element 90 can name, whatever its own further elements`() {
        var world = World()
        Self.perform(Self.purchase(100, "A"), &world)
        #expect(Self.perform(.reverse(Self.reversal()), &world).acknowledgement == .applied)
        #expect(world.euros.pendingDebits == 0)
    }

    @Test func `what an operator applies has the key that its message would have now`() {
        func advice(_ further: String) -> Advice {
            var advice = Advices.advice(100, of: nil)
            advice.request.message = MessageIdentity(key: "net:0120:1", fingerprint: Self.hash + Array(further.utf8))
            return advice
        }
        let event = EventID(at: World.dayStart, shard: World.shard, entropy: 77)
        // It came when its card was not known.
        let apply = ApplyException(exception: event, message: .advice(advice("B")))
        var world = World()
        Self.perform(.advise(advice("A")), &world)
        #expect(world.perform(.applyException(apply)).acknowledgement == .recorded)
        #expect(world.euros.pendingDebits == 200)
        #expect(world.state.keys["net:0120:1:42"] != nil)
        #expect(world.perform(.applyException(apply)).outcome == .refused(.transitionNotAllowed))
    }

    @Test func `advices and increments are told apart and look for what they name in the same way`() {
        var world = World()
        Self.perform(Self.purchase(100, "A"), &world)
        Self.perform(Self.purchase(300, "B"), &world)
        let link = AuthorizationLink.message("net:0100:1", aliases: ["net:0100:1:42"])
        var request = AuthorizationRequest.of(50)
        request.message = MessageIdentity(key: "net:0100:1", fingerprint: Self.hash + Array("B".utf8))
        request.increment = Increment(of: link, mode: .delta)
        let advice = Advice(request: request, verdict: .declined, reason: .other, original: link)
        guard case .advise(let resolved) = Command.advise(advice).resolved(in: world.state) else { return }
        #expect(resolved.original == .message("net:0100:1:42") && resolved.request.message?.key == "net:0100:1:42")
        #expect(resolved.request.increment?.original == .message("net:0100:1:42"))
    }
}
