import Foundation
import ISO8583
import Synchronization

/// A card network: a raw socket to the ISO 8583 door, one thread at a time.
final class Wire: Sendable {
    let dialect: Dialect
    let framing: FrameFormat
    private let descriptor: Int32
    private let isClosed = Atomic<Bool>(false)
    private let decoder: Mutex<FrameDecoder>

    convenience init(_ server: AvalProcess) throws { try self.init(port: server.networkPort) }

    /// Takes a connected socket over.
    init(
        descriptor: Int32,
        dialect: Dialect = .iso87ASCIIHexBitmap,
        framing: FrameFormat = FrameFormat(.bigEndian2)
    ) {
        self.descriptor = descriptor
        self.dialect = dialect
        self.framing = framing
        decoder = Mutex(FrameDecoder(framing))
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// - Parameter receiveBuffer: bytes that the kernel keeps for us before we read them.
    convenience init(
        port: Int,
        dialect: Dialect = .iso87ASCIIHexBitmap,
        framing: FrameFormat = FrameFormat(.bigEndian2),
        receiveBuffer: Int32? = nil
    ) throws {
        // A process that is started meanwhile must not hold the connection too.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        self.init(descriptor: socket(AF_INET, kind, 0), dialect: dialect, framing: framing)
        if var bytes = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw AvalProcess.Problem(description: "port \(port) is closed") }
    }

    deinit { closeInOrder() }

    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }

    /// Closes the connection so that what is under way in either direction is lost.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        closeInOrder()
    }

    /// Nothing can be sent any more; answers can be read.
    func endOutput() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Nothing can be sent or read any more.
    func closeInOrder() {
        if !isClosed.exchange(true, ordering: .relaxed) { close(descriptor) }
    }

    func write(_ messages: Message...) throws { try write(messages) }

    func write(_ messages: [Message]) throws {
        var bytes: [UInt8] = []
        for message in messages {
            bytes += try framing.encode(try Codec.encode(message, dialect: dialect), header: .none)
        }
        write(bytes)
    }

    /// Writes the bytes so often, until the connection takes none of them for a second.
    ///
    /// - Returns: how many it took.
    func writeUntilStalled(_ bytes: [UInt8], times: Int) -> Int {
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var total = 0
        while total < times * bytes.count {
            let rest = bytes[(total % bytes.count)...]
            let written = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard written > 0 else { break }
            total += written
        }
        return total
    }

    /// The next message; nil when the connection is closed or nothing comes in five seconds.
    func read() throws -> Message? {
        while true {
            let frame = try decoder.withLock { try $0.next() }
            if case .message(_, let bytes)? = frame { return try Codec.decode(bytes, dialect: dialect) }
            if frame != nil { continue }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            decoder.withLock { $0.append(chunk[..<count]) }
        }
    }

    /// What has come next, as it is.
    func readBytes() -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        return Array(chunk.prefix(max(0, count)))
    }

    func exchange(_ message: Message) throws -> Message {
        try write(message)
        guard let answer = try read() else {
            throw AvalProcess.Problem(description: "no answer to \(message.messageType)")
        }
        return answer
    }
}

/// Messages with what every request needs.
struct MessageFactory {
    /// MMDDhhmmss in UTC.
    static func transmissionTime(_ date: Date = Date()) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.month, .day, .hour, .minute, .second], from: date)
        return [parts.month, parts.day, parts.hour, parts.minute, parts.second]
            .map { String(($0 ?? 0) + 100).suffix(2) }.joined()
    }

    let pan: String
    let time = transmissionTime()

    func purchase(_ amount: Int64, trace: Int64, type: MessageTypeIndicator = 100) -> Message {
        var message = Message(type)
        message.set(2, text: pan)
        message.set(3, text: "000000")
        message.set(4, digits: amount, width: 12)
        message.set(7, text: time)
        message.set(11, digits: trace, width: 6)
        message.set(18, text: "5411")
        message.set(22, text: "051")
        message.set(32, text: "123456")
        message.set(37, text: "R\(trace)".padding(toLength: 12, withPad: "0", startingAt: 0))
        message.set(41, text: "TERM0001")
        message.set(42, text: "MERCHANT0000001")
        message.set(43, text: "Corner shop              Madrid       ES")
        message.set(49, text: "978")
        return message
    }

    /// - Parameter newTotal: DE 95; nil reverses all.
    func reversal(
        of original: Int64,
        _ amount: Int64,
        trace: Int64,
        newTotal: Int64? = nil,
        type: MessageTypeIndicator = 400
    ) -> Message {
        var message = purchase(amount, trace: trace, type: type)
        let data = OriginalDataElements(
            messageType: 100,
            systemTraceAuditNumber: original,
            time: Int64(time) ?? 0,
            acquirer: 123_456
        )
        message.set(90, bytes: data.iso1987)
        if let newTotal { message.set(95, bytes: ReplacementAmounts(transaction: newTotal).bytes) }
        return message
    }

    static func echo(trace: Int64) -> Message {
        var message = Message(800)
        message.set(7, text: transmissionTime())
        message.set(11, digits: trace, width: 6)
        message.set(70, text: "301")
        return message
    }
}
