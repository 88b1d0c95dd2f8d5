import CardCryptography
import Foundation

// The body of a request may hold a PAN or a PIN block.
extension SecretBytes {
    subscript(index: Int) -> UInt8 { withExposedBytes { $0[index] } }

    func withBytes<Result>(_ range: Range<Int>, _ body: (Slice<UnsafeRawBufferPointer>) -> Result) -> Result {
        withExposedBytes { body($0[range]) }
    }

    /// Whether all of it is well-formed UTF-8.
    var isUTF8: Bool {
        withExposedBytes { (try? UTF8Span(validating: $0.assumingMemoryBound(to: UInt8.self).span)) != nil }
    }
}

/// Overwrites memory in a way that the compiler does not leave out.
func wipe(_ memory: UnsafeMutableRawBufferPointer) {
    guard let base = memory.baseAddress else { return }
    explicit_bzero(base, memory.count)
}
