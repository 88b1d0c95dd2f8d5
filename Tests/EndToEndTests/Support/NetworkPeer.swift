import Foundation
import ISO8583
import TestSupport

/// A card network that Aval connects to: a listener on the loopback interface that the test plays by hand.
final class NetworkPeer {
    let port: UInt16
    private var listener: Int32?

    init() throws {
        let (descriptor, port) = try StreamSocket.listenOnLoopback()
        self.port = port
        listener = descriptor
    }

    deinit { stop() }

    /// Refuses connections.
    func stop() {
        if let listener { close(listener) }
        listener = nil
    }

    /// Listens again, on the same port. Who dials it while nobody listens may be given it for an end of its own, for a
    /// while.
    func restart() throws {
        for _ in 0..<100 {
            if let again = try? StreamSocket.listenOnLoopback(port: port) {
                listener = again.descriptor
                return
            }
            usleep(100_000)
        }
        listener = try StreamSocket.listenOnLoopback(port: port).descriptor
    }

    /// The next connection; a problem when none comes in thirty seconds.
    func accept() throws -> Wire {
        guard let listener, !StreamSocket.readable([listener], within: 30_000).isEmpty,
            let descriptor = StreamSocket.accept(listener)
        else { throw AvalProcess.Problem(description: "nobody connects to port \(port)") }
        return Wire(descriptor: descriptor)
    }
}

extension Wire {
    /// Reads a message of network management, which must have this DE 70, and answers it. Repeats of file updates that left
    /// before their answers came are skipped.
    func expectManagement(_ code: String, answering responseCode: String = "00") throws {
        var next = try read()
        while next?.messageType == 303 { next = try read() }
        guard let message = next, message.messageType == 800, message.text(70) == code,
            var answer = message.answer(echoing: [7, 11, 70])
        else { throw AvalProcess.Problem(description: "no 0800 with DE 70 = \(code)") }
        answer.set(39, text: responseCode)
        try write(answer)
    }
}
