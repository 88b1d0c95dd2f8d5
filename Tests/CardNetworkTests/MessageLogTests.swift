import AuthorizationCore
import AuthorizationEngine
import ISO8583
import Synchronization
import Testing

@testable import CardNetwork

/// Keeps messages in memory.
private final class KeptMessages: MessageLog {
    private let messages = Mutex<[LoggedMessage]>([])

    func add(_ messages: [LoggedMessage]) { self.messages.withLock { $0 += messages.flatMap(\.messages) } }

    /// Directions and message types, in the order in which they were kept.
    var lines: [String] {
        messages.withLock { $0.map { "\($0.direction.name) \($0.messageType ?? 0) \($0.responseCode)" } }
    }

    /// What is kept of those that could be read.
    var contents: [String] {
        messages.withLock { messages in
            messages.compactMap { if case .readable(let content) = $0.content { content } else { nil } }
        }
    }

    /// What was wrong with those that could not be read.
    var problems: [String] {
        messages.withLock { messages in
            messages.compactMap { if case .unreadable(let problem) = $0.content { problem } else { nil } }
        }
    }
}

@Suite struct `What is kept of a session's messages` {
    private static func world() throws -> (line: Line, kept: KeptMessages, request: [UInt8]) {
        let kept = KeptMessages()
        let line = try Line(.iso87ASCIIHexBitmap, log: kept)
        let request = try Codec.encode(Fixture.purchase([:]), dialect: line.profile.dialect)
        return (line, kept, request)
    }

    @Test func `is a request with the answer that left`() throws {
        let (line, kept, request) = try Self.world()
        #expect(try line.send(request).count == 1)
        #expect(kept.lines == ["received 100 ", "sent 110 00"])
    }

    @Test func `is the request alone when its answer found no connection`() throws {
        let (line, kept, request) = try Self.world()
        try line.receive(request)
        try line.breakOff()
        line.decideWaiting()
        #expect(kept.lines == ["received 100 "])
    }

    @Test func `is nothing that may not outlive the request, wherever a network says it and whatever it allows`() throws
    {
        var profile = Fixture.profile
        profile.dialect.storable = StorageAllowList(elements: [4, 44, 60], parts: [60: ["11", "26", "34"]])
        profile.credential.postalCode = ElementLocation(44, .positions(0..<5))
        let kept = KeptMessages()
        let line = try Line(profile, log: kept)
        let purchase = Fixture.purchase([44: "28013", 60: "11011" + "26164895370012345670" + "3403987"])
        _ = try line.send(try Codec.encode(purchase, dialect: profile.dialect))
        let content = try #require(kept.contents.first)
        #expect(content.contains("4=000000001050") && content.contains("11=1"), "\(content)")
        for secret in ["28013", "48953700", "987"] { #expect(!content.contains(secret), "\(content)") }
    }

    @Test func `is how many elements unreadable bytes announce, and not which`() throws {
        let kept = KeptMessages()
        let line = try Line(.iso87ASCIIHexBitmap, log: kept)
        try line.receive(Array("01004111111111111111".utf8))
        #expect(kept.problems.count == 1)
        for problem in kept.problems {
            #expect(problem.hasPrefix("20 bytes, 16 elements announced, "), "\(problem)")
        }
    }
}
