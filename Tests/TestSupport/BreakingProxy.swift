import Foundation
import Synchronization

/// Stands between lanes and PostgreSQL, forwards the protocol message by message, and cuts or holds a connection at
/// a chosen message of the round trip that commits.
package final class BreakingProxy: Sendable {
    /// What happens to the next commit. Counts are of protocol messages: those before are forwarded.
    package enum Break: Hashable, Sendable {
        /// Nothing, but its messages are counted.
        case measure
        /// The connection breaks after so many messages of the request.
        case cutRequest(after: Int)
        /// The server answers in full; the lane gets so many messages, and some bytes of the next.
        case cutAnswer(after: Int, bytes: Int = 0)
        /// The network holds everything after so many messages of the request, until `resume`.
        case holdRequest(after: Int)
        /// As `holdRequest`, after the last write: COMMIT and the end of the pipeline are held.
        case holdCommit
        /// The server answers in full; the lane gets nothing until `resume`.
        case holdAnswer
    }

    package struct Size: Hashable, Sendable {
        package var request: Int
        package var answer: Int
    }

    package struct NotReached: Error {}

    private struct State {
        var armed: Break?
        var measured: Size?
        var isHolding = false
        var listener: Int32?
        var open: Set<Int32> = []
    }

    private let directory: URL
    private let serverPath: String
    private let state = Mutex(State())
    private let resumed = DispatchSemaphore(value: 0)
    /// The database's serving URL, through here.
    package let url: String

    package init(to database: TestDatabase) throws {
        var parts = URLComponents(string: database.servingURL)
        guard let host = parts?.queryItems?.first(where: { $0.name == "host" })?.value else {
            throw TestEnvironment.Missing(name: "the socket directory in AVAL_TEST_DATABASE_URL")
        }
        serverPath = host + "/.s.PGSQL.5432"
        // Short: a socket's path may have 107 bytes.
        directory = URL(fileURLWithPath: "/tmp/aval-proxy-" + String(UInt64.random(in: .min ... .max), radix: 36))
        try FileManager.default.createDirectory(
            at: directory,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        parts?.queryItems = [URLQueryItem(name: "host", value: directory.path)]
        url = parts?.string ?? ""
        try start()
    }

    private var path: String { directory.path + "/.s.PGSQL.5432" }

    package func start() throws {
        let listener = try StreamSocket.listen(atPath: path)
        state.withLock { $0.listener = listener }
        Thread.detachNewThread { [self] in
            while let client = StreamSocket.accept(listener) {
                Thread.detachNewThread { [self] in serve(client) }
            }
            close(listener)
        }
    }

    /// Nobody can connect, and all connections break.
    package func stop() {
        unlink(path)
        state.withLock { state in
            if let listener = state.listener { shutdown(listener, Int32(SHUT_RDWR)) }
            state.listener = nil
            for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    package func remove() {
        stop()
        try? FileManager.default.removeItem(at: directory)
    }

    package func arm(_ point: Break) { state.withLock { $0.armed = point } }

    /// Whether the armed break has not happened.
    package var isArmed: Bool { state.withLock { $0.armed != nil } }

    package var measured: Size? { state.withLock { $0.measured } }

    /// Waits until a commit is held. Blocks, since other tests may keep this one waiting for a thread longer than what
    /// is held may take.
    package func waitForHold() throws {
        for _ in 0..<2_000 {
            if state.withLock({ $0.isHolding }) { return }
            usleep(5_000)
        }
        throw NotReached()
    }

    /// Forwards what is held.
    package func resume() {
        let wasHolding = state.withLock { state in
            defer { state.isHolding = false }
            return state.isHolding
        }
        if wasHolding { resumed.signal() }
    }
}

// MARK: - One connection

extension BreakingProxy {
    private func serve(_ client: Int32) {
        defer { close(client) }
        guard let server = try? StreamSocket.connect(toPath: serverPath) else { return }
        defer { close(server) }
        state.withLock { $0.open.formUnion([client, server]) }
        // Taken out before the descriptors are closed and their numbers used again.
        defer { state.withLock { $0.open.subtract([client, server]) } }
        var request = MessageStream(beginsUntyped: true)
        while true {
            for descriptor in StreamSocket.readable([client, server], within: 1_000) {
                guard let bytes = StreamSocket.read(descriptor) else { return }
                if descriptor == server {
                    guard StreamSocket.write(bytes, to: client) else { return }
                } else {
                    request.append(bytes)
                    while let roundTrip = request.takeRoundTrip() {
                        guard forward(roundTrip, client, server) else { return }
                    }
                }
            }
        }
    }

    /// False when the connection is to break.
    private func forward(_ request: [[UInt8]], _ client: Int32, _ server: Int32) -> Bool {
        let armed: Break? = state.withLock { state in
            guard Self.isCommit(request) else { return nil }
            defer { state.armed = nil }
            return state.armed
        }
        switch armed {
        case nil:
            return StreamSocket.write(request.joined(), to: server)
        case .measure:
            guard let answer = answer(to: request, server) else { return false }
            state.withLock { $0.measured = Size(request: request.count, answer: answer.count) }
            return StreamSocket.write(answer.joined(), to: client)
        case .cutRequest(let count):
            StreamSocket.write(request.prefix(count).joined(), to: server)
            return false
        case .cutAnswer(let count, let bytes):
            guard let answer = answer(to: request, server) else { return false }
            StreamSocket.write(answer.prefix(count).joined(), to: client)
            if count < answer.count { StreamSocket.write(answer[count].prefix(bytes), to: client) }
            return false
        case .holdRequest(let count):
            return hold(request, after: count, server)
        case .holdCommit:
            // Its Bind, Describe and Execute, and the Sync.
            return hold(request, after: request.count - 4, server)
        case .holdAnswer:
            guard let answer = answer(to: request, server) else { return false }
            hold()
            return StreamSocket.write(answer.joined(), to: client)
        }
    }

    private func hold(_ request: [[UInt8]], after count: Int, _ server: Int32) -> Bool {
        StreamSocket.write(request.prefix(count).joined(), to: server)
        hold()
        return StreamSocket.write(request.dropFirst(count).joined(), to: server)
    }

    private func hold() {
        state.withLock { $0.isHolding = true }
        // Long enough for a test whose threads other tests keep busy.
        _ = resumed.wait(timeout: .now() + 60)
    }

    /// Sends a request and reads to the end of its answer.
    private func answer(to request: [[UInt8]], _ server: Int32) -> [[UInt8]]? {
        guard StreamSocket.write(request.joined(), to: server) else { return nil }
        var stream = MessageStream(beginsUntyped: false)
        var answer: [[UInt8]] = []
        while answer.last?.first != UInt8(ascii: "Z") {
            guard let bytes = StreamSocket.read(server) else { return nil }
            stream.append(bytes)
            while let message = stream.takeMessage() { answer.append(message) }
        }
        return answer
    }

    /// Whether a batch's transaction ends here: one that begins here too is another.
    private static func isCommit(_ request: [[UInt8]]) -> Bool {
        let bound = request.filter { $0.first == UInt8(ascii: "B") }.map { message in
            // Type, length, the unnamed portal's NUL, and the statement's name.
            String(decoding: message.dropFirst(6).prefix { $0 != 0 }, as: UTF8.self)
        }
        return bound.contains("commit") && !bound.contains("begin")
    }
}

/// Bytes of PostgreSQL's protocol, cut into messages.
private struct MessageStream {
    private var bytes: [UInt8] = []
    private var waiting: [[UInt8]] = []
    /// The first message of a client has no type.
    private var isUntyped: Bool

    init(beginsUntyped: Bool) { isUntyped = beginsUntyped }

    mutating func append(_ more: [UInt8]) { bytes += more }

    mutating func takeMessage() -> [UInt8]? {
        let start = isUntyped ? 0 : 1
        guard bytes.count >= start + 4 else { return nil }
        let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } + start
        guard bytes.count >= length else { return nil }
        isUntyped = false
        defer { bytes.removeFirst(length) }
        return Array(bytes.prefix(length))
    }

    /// Messages up to a Sync, or one that belongs to no pipeline.
    mutating func takeRoundTrip() -> [[UInt8]]? {
        let isFirst = isUntyped
        while let message = takeMessage() {
            waiting.append(message)
            let isPart = !isFirst && message.first.map { "PBDEC".utf8.contains($0) } ?? false
            guard !isPart else { continue }
            defer { waiting = [] }
            return waiting
        }
        return nil
    }
}
