import Foundation

/// Blocking stream sockets for tests that put something between a client and its server.
package enum StreamSocket {
    package struct Failure: Error, CustomStringConvertible {
        package var operation: String
        package var code: Int32

        package var description: String { "\(operation): error \(code)" }
    }

    package static func listen(atPath path: String) throws -> Int32 {
        let descriptor = try checked("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
        try withAddress(ofPath: path) { address, length in
            try closing(descriptor) {
                _ = try checked("bind", bind(descriptor, address, length))
                _ = try checked("listen", Foundation.listen(descriptor, 64))
            }
        }
        return descriptor
    }

    /// On a port of the loopback interface; 0 takes a free one.
    package static func listenOnLoopback(port: UInt16 = 0) throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = try checked("socket", socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        return try closing(descriptor) {
            var reuse: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
            var address = loopback(port)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            try withUnsafeMutablePointer(to: &address) { pointer in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    _ = try checked("bind", bind(descriptor, generic, length))
                    _ = try checked("listen", Foundation.listen(descriptor, 64))
                    _ = try checked("getsockname", getsockname(descriptor, generic, &length))
                }
            }
            return (descriptor, UInt16(bigEndian: address.sin_port))
        }
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    package static func connect(toPath path: String) throws -> Int32 {
        let descriptor = try checked("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
        try withAddress(ofPath: path) { address, length in
            try closing(descriptor) {
                _ = try checked("connect", Foundation.connect(descriptor, address, length))
            }
        }
        return descriptor
    }

    package static func connectToLoopback(port: UInt16) throws -> Int32 {
        let descriptor = try checked("socket", socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        return try closing(descriptor) {
            var address = loopback(port)
            let length = socklen_t(MemoryLayout<sockaddr_in>.size)
            try withUnsafePointer(to: &address) { pointer in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    _ = try checked("connect", Foundation.connect(descriptor, generic, length))
                }
            }
            return descriptor
        }
    }

    /// Nil when the listener was shut down.
    package static func accept(_ listener: Int32) -> Int32? {
        let descriptor = Foundation.accept(listener, nil, nil)
        return descriptor < 0 ? nil : descriptor
    }

    /// What has arrived; nil at the end of the stream.
    package static func read(_ descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    /// False when the other side is gone.
    @discardableResult
    package static func write(_ bytes: some Collection<UInt8>, to descriptor: Int32) -> Bool {
        var rest = Array(bytes)
        while !rest.isEmpty {
            let count = send(descriptor, rest, rest.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return false }
            rest.removeFirst(count)
        }
        return true
    }

    /// Has `close` break the connection instead of ending it.
    package static func resetAtClose(_ descriptor: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Which of the descriptors can be read, or have ended. Empty after `milliseconds`.
    package static func readable(_ descriptors: [Int32], within milliseconds: Int32) -> [Int32] {
        var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        _ = poll(&polled, nfds_t(polled.count), milliseconds)
        return polled.filter { $0.revents != 0 }.map(\.fd)
    }

    private static func closing<Result>(_ descriptor: Int32, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch {
            close(descriptor)
            throw error
        }
    }

    private static func checked(_ operation: String, _ result: Int32) throws -> Int32 {
        guard result >= 0 else { throw Failure(operation: operation, code: errno) }
        return result
    }

    private static func withAddress(
        ofPath path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
    ) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw Failure(operation: "a socket's path", code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        try withUnsafePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
