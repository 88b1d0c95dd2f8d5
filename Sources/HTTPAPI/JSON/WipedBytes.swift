import Foundation

/// Bytes of a request that may hold a PAN: overwritten when the last reference goes, never printed.
final class WipedBytes: Sendable {
    // Written before anybody else can see it, then only read until it is wiped.
    private nonisolated(unsafe) let storage: UnsafeMutableRawBufferPointer

    init(copying bytes: UnsafeRawBufferPointer) {
        storage = .allocate(byteCount: bytes.count, alignment: 1)
        storage.copyMemory(from: bytes)
    }

    deinit {
        wipe(storage)
        storage.deallocate()
    }

    var count: Int { storage.count }

    subscript(index: Int) -> UInt8 { storage[index] }

    func withBytes<Result>(_ range: Range<Int>, _ body: (Slice<UnsafeRawBufferPointer>) -> Result) -> Result {
        body(UnsafeRawBufferPointer(storage)[range])
    }

    /// Whether all of it is well-formed UTF-8.
    var isUTF8: Bool {
        (try? UTF8Span(validating: storage.assumingMemoryBound(to: UInt8.self).span)) != nil
    }
}

extension WipedBytes: CustomStringConvertible, CustomReflectable {
    var description: String { "WipedBytes(\(count))" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// Overwrites memory in a way that the compiler does not leave out.
func wipe(_ memory: UnsafeMutableRawBufferPointer) {
    guard let base = memory.baseAddress else { return }
    explicit_bzero(base, memory.count)
}
