import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// One process's count of a merchant's failures as it stands in the cache, with a code that only this installation can
/// make. What was altered, or copied from another merchant or process, is as good as not there.
struct MerchantEntry {
    /// Processes of a release that counts failures alone write 1, and neither they nor we take in the other's counts.
    private static let format: UInt8 = 2

    let key: SecretKey
    /// Drawn by each process.
    let process: UInt64

    var processBytes: [UInt8] { withUnsafeBytes(of: process.bigEndian) { Array($0) } }

    /// What a merchant is kept under: nobody who reads the cache learns which it is.
    func index(of merchant: MerchantKey) throws(CryptographyError) -> [UInt8] {
        var writer = ByteWriter()
        writer.write("merchant")
        for text in [merchant.bin, merchant.acquirer, merchant.acceptor] { writer.write(text) }
        return try Digest.hmac(writer.bytes, key: key)
    }

    /// - Parameter counts: by slot, at most ``FailureWindow/slotCount``.
    func encode(_ counts: [Int64: MerchantCounts], of index: [UInt8]) throws(CryptographyError) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(byte: Self.format)
        writer.write(unsigned: UInt64(counts.count))
        for (slot, count) in counts.sorted(by: { $0.key < $1.key }) {
            writer.write(slot)
            writer.write(unsigned: UInt64(count.failures))
            writer.write(unsigned: UInt64(count.requests))
        }
        return writer.bytes + (try code(of: writer.bytes, index, processBytes))
    }

    /// Nil unless the bytes were made by `encode` for this merchant, by that process.
    func decode(_ bytes: [UInt8], of index: [UInt8], by process: [UInt8]) -> [Int64: MerchantCounts]? {
        let told = Array(bytes.dropLast(Digest.byteCount))
        guard let code = try? code(of: told, index, process),
            Digest.areEqual(code, Array(bytes.suffix(Digest.byteCount)))
        else { return nil }
        var reader = ByteReader(told)
        guard (try? reader.byte()) == Self.format, let number = try? reader.unsigned(),
            number <= UInt64(FailureWindow.slotCount)
        else { return nil }
        var counts: [Int64: MerchantCounts] = [:]
        for _ in 0..<number {
            guard let slot = try? reader.int64(), let failures = try? reader.unsigned(),
                let requests = try? reader.unsigned()
            else { return nil }
            counts[slot] = MerchantCounts(failures: UInt32(clamping: failures), requests: UInt32(clamping: requests))
        }
        return counts
    }

    private func code(of told: [UInt8], _ index: [UInt8], _ process: [UInt8]) throws(CryptographyError) -> [UInt8] {
        var writer = ByteWriter()
        writer.write("merchant count")
        for bytes in [index, process, told] { writer.write(bytes) }
        return try Digest.hmac(writer.bytes, key: key)
    }
}
