import Foundation
import Synchronization

/// A file descriptor, closed once.
final class Descriptor: Sendable {
    let number: Int32
    private let isClosed = Atomic<Bool>(false)

    init(_ operation: String, _ number: Int32) throws {
        guard number >= 0 else { throw ChildProcess.Failure(description: "\(operation): error \(errno)") }
        self.number = number
    }

    deinit { close() }

    func close() {
        if !isClosed.exchange(true, ordering: .relaxed) { Foundation.close(number) }
    }

    /// The end to read from, and the one to write to.
    static func pipe() throws -> (Descriptor, Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard Foundation.pipe(&ends) == 0 else { throw ChildProcess.Failure(description: "pipe: error \(errno)") }
        return (try Descriptor("pipe", ends[0]), try Descriptor("pipe", ends[1]))
    }

    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(number, $0.baseAddress, $0.count) }
            guard count > 0 else { throw ChildProcess.Failure(description: "write: error \(errno)") }
            rest = rest.dropFirst(count)
        }
    }
}

/// A temporary file without a name, so that nothing of it stays. Not a pipe, which nobody may be reading when it is full.
final class NamelessFile: Sendable {
    let descriptor: Descriptor

    /// - Parameter content: read from its beginning.
    init(_ content: [UInt8] = []) throws {
        var path = Array((NSTemporaryDirectory() + "aval-test-XXXXXX").utf8CString)
        descriptor = try Descriptor("mkstemp", mkstemp(&path))
        unlink(path)
        try descriptor.write(content)
        lseek(descriptor.number, 0, SEEK_SET)
    }

    /// All of it. The position, which a child shares, stays.
    var content: Data {
        var content = Data()
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = pread(descriptor.number, &part, part.count, off_t(content.count))
            guard count > 0 else { return content }
            content += part.prefix(count)
        }
    }
}
