import CPKCS11
import CardCryptography

/// Attributes of an object, as PKCS#11 takes them.
struct Template {
    private var attributes: [(type: UInt, value: SecretBytes)] = []

    private func with(_ type: UInt, _ value: SecretBytes) -> Template {
        var template = self
        template.attributes.append((type, value))
        return template
    }

    func secret(_ type: UInt, _ value: SecretBytes) -> Template { with(type, value) }

    func text(_ type: UInt, _ text: String) -> Template { with(type, SecretBytes(Array(text.utf8))) }

    func number(_ type: UInt, _ number: UInt) -> Template {
        with(type, SecretBytes(count: MemoryLayout<UInt>.size) { $0.storeBytes(of: number, as: UInt.self) })
    }

    /// CK_BBOOL is one byte.
    func flags(_ types: [UInt], _ isSet: Bool) -> Template {
        types.reduce(self) { $0.with($1, SecretBytes([isSet ? 1 : 0])) }
    }

    func withAttributes<Result>(_ body: (UnsafeMutableBufferPointer<ck_attribute>) throws -> Result) rethrows -> Result
    {
        // The values live as long as `attributes`: pointers to their bytes stay right until this returns.
        var list = attributes.map { type, value in
            value.withExposedBytes { bytes in
                ck_attribute(
                    type: type,
                    value: UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                    value_len: UInt(bytes.count)
                )
            }
        }
        return try withExtendedLifetime(attributes) { try list.withUnsafeMutableBufferPointer { try body($0) } }
    }
}
