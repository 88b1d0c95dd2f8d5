import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// A permission as the client gets it and a page hands it in: `aval_rt_`, and in hexadecimal digits the permission and its
/// code, so that nobody can ask the database for what was never given out.
enum RevealToken {
    private static let prefix = "aval_rt_"
    private static let contentLength = 16 + 16 + 16 + 8

    static func text(of permission: RevealPermission, _ vault: PANVault) throws(CryptographyError) -> String {
        let content = content(of: permission)
        let digits = Array("0123456789abcdef".utf8)
        let bytes = content + (try vault.tokenCode(of: content))
        return prefix
            + String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }, as: UTF8.self)
    }

    /// Nil unless this installation made the text and it has not expired.
    static func permission(
        from text: String,
        _ vault: PANVault,
        now: Instant
    ) throws(CryptographyError) -> RevealPermission? {
        let digits = text.utf8.dropFirst(prefix.utf8.count).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard text.hasPrefix(prefix), text.utf8.count == prefix.utf8.count + digits.count,
            digits.count == 2 * (contentLength + Digest.byteCount)
        else { return nil }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        let content = Array(bytes.prefix(contentLength))
        guard Digest.areEqual(try vault.tokenCode(of: content), Array(bytes.dropFirst(contentLength))) else {
            return nil
        }
        var reader = ByteReader(content)
        guard let id: RevealID = try? reader.value(), let card: CardID = try? reader.value(),
            let tenant: TenantID = try? reader.value(), let expiry = try? reader.word()
        else { return nil }
        let expiresAt = Instant(microseconds: Int64(bitPattern: expiry))
        guard expiresAt > now else { return nil }
        return RevealPermission(id: id, card: card, tenant: tenant, expiresAt: expiresAt)
    }

    private static func content(of permission: RevealPermission) -> [UInt8] {
        var writer = ByteWriter(reserving: contentLength)
        writer.write(permission.id)
        writer.write(permission.card)
        writer.write(permission.tenant)
        writer.write(word: UInt64(bitPattern: permission.expiresAt.microseconds))
        return writer.bytes
    }
}
