import CPKCS11
import CardCryptography

/// An object of a session, destroyed with the last reference.
final class PKCS11Object {
    let token: PKCS11Token
    let handle: ck_object_handle_t

    init(_ handle: ck_object_handle_t, of token: PKCS11Token) {
        self.token = token
        self.handle = handle
    }

    deinit { token.destroy(handle) }
}

/// A double-length Triple DES key in a token, as objects that nobody can read.
struct PKCS11CardKey: CardCipher {
    let whole: PKCS11Object
    /// Triple DES with the left half twice is single DES with it.
    let leftHalf: PKCS11Object

    func encrypt(_ block: UInt64) throws(PaymentCryptographyError) -> UInt64 {
        try whole.token.lastBlock(ofChain: CollectionOfOne(block), with: whole)
    }

    func encryptChainWithLeftHalf(_ blocks: some Collection<UInt64>) throws(PaymentCryptographyError) -> UInt64 {
        guard !blocks.isEmpty else { return 0 }
        return try leftHalf.token.lastBlock(ofChain: blocks, with: leftHalf)
    }

    /// A card's key may become a session's or be one, so it derives and encrypts.
    func derived(left: UInt64, right: UInt64) throws(PaymentCryptographyError) -> PKCS11CardKey {
        try derived(left: left, right: right, [CKA_ENCRYPT, CKA_DERIVE])
    }

    func derived(
        left: UInt64,
        right: UInt64,
        _ uses: [UInt]
    ) throws(PaymentCryptographyError) -> PKCS11CardKey {
        PKCS11CardKey(
            whole: try whole.token.derived(from: whole, by: [left, right], uses),
            leftHalf: try whole.token.derived(from: whole, by: [left, left], uses)
        )
    }

    /// PKCS#11 has a mechanism for it (CKM_XOR_BASE_AND_DATA) that tokens seldom have.
    func inverted(left: UInt64, right: UInt64) throws(PaymentCryptographyError) -> PKCS11CardKey {
        throw .unsupported
    }
}

/// Double-length Triple DES keys as objects of the session.
extension PKCS11Token {
    /// - Parameter uses: what it may do (CKA_ENCRYPT, CKA_DERIVE), or that it may be wrapped (CKA_EXTRACTABLE).
    private static func template(_ uses: [UInt]) -> Template {
        let all = [
            CKA_EXTRACTABLE, CKA_ENCRYPT, CKA_DERIVE, CKA_DECRYPT, CKA_SIGN, CKA_VERIFY, CKA_WRAP, CKA_UNWRAP,
        ]
        return Template().number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_DES2)
            .flags([CKA_PRIVATE, CKA_SENSITIVE] + uses, true)
            .flags([CKA_TOKEN] + all.filter { !uses.contains($0) }, false)
    }

    private func made(
        _ template: Template,
        _ body: (UnsafeMutableBufferPointer<ck_attribute>, inout ck_object_handle_t) -> ck_rv_t?
    ) throws(PaymentCryptographyError) -> PKCS11Object {
        var handle: ck_object_handle_t = 0
        try Self.require(template.withAttributes { body($0, &handle) })
        return PKCS11Object(handle, of: self)
    }

    /// A random key.
    func generated(_ uses: [UInt]) throws(PaymentCryptographyError) -> PKCS11Object {
        var mechanism = ck_mechanism(mechanism: CKM_DES2_KEY_GEN, parameter: nil, parameter_len: 0)
        return try made(Self.template(uses)) { [functions, session] attributes, handle in
            let count = UInt(attributes.count)
            return functions.C_GenerateKey?(session, &mechanism, attributes.baseAddress, count, &handle)
        }
    }

    /// - Parameter key: 16 bytes.
    func created(_ key: SecretBytes, _ uses: [UInt]) throws(PaymentCryptographyError) -> PKCS11Object {
        try made(Self.template(uses).secret(CKA_VALUE, key)) { [functions, session] attributes, handle in
            functions.C_CreateObject?(session, attributes.baseAddress, UInt(attributes.count), &handle)
        }
    }

    /// The key that is two blocks, encrypted; its bytes get odd parity.
    func derived(
        from base: PKCS11Object,
        by blocks: [UInt64],
        _ uses: [UInt]
    ) throws(PaymentCryptographyError) -> PKCS11Object {
        let data = SecretBytes(blocks: blocks)
        return try made(Self.template(uses)) { [functions, session] attributes, handle in
            data.withExposedBytes { data in
                let bytes = UnsafeMutableRawBufferPointer(mutating: data).bindMemory(to: UInt8.self)
                var parameter = ck_key_derivation_string_data(
                    string_data: bytes.baseAddress,
                    string_data_len: UInt(bytes.count)
                )
                return withUnsafeMutablePointer(to: &parameter) { parameter in
                    var mechanism = ck_mechanism(
                        mechanism: CKM_DES3_ECB_ENCRYPT_DATA,
                        parameter: parameter,
                        parameter_len: UInt(MemoryLayout<ck_key_derivation_string_data>.size)
                    )
                    let count = UInt(attributes.count)
                    return functions.C_DeriveKey?(
                        session,
                        &mechanism,
                        base.handle,
                        attributes.baseAddress,
                        count,
                        &handle
                    )
                }
            }
        }
    }

    func wrapped(
        _ key: PKCS11Object,
        under master: ck_object_handle_t
    ) throws(PaymentCryptographyError) -> [UInt8] {
        try wrapped(key.handle, under: master, length: WrappedCardKey.wrappedLength)
    }

    func unwrapped(
        _ wrapped: [UInt8],
        under master: ck_object_handle_t,
        _ uses: [UInt]
    ) throws(PaymentCryptographyError) -> PKCS11Object {
        PKCS11Object(try unwrapped(wrapped, under: master, as: Self.template(uses)), of: self)
    }

    /// Encrypts blocks, each mixed with what the one before became (CBC from zeros): what the last one becomes.
    ///
    /// - Parameter blocks: one or more.
    func lastBlock(
        ofChain blocks: some Collection<UInt64>,
        with key: PKCS11Object
    ) throws(PaymentCryptographyError) -> UInt64 {
        var initialVector: UInt64 = 0
        let code = withUnsafeMutablePointer(to: &initialVector) { vector in
            var mechanism = ck_mechanism(
                mechanism: CKM_DES3_CBC,
                parameter: vector,
                parameter_len: UInt(MemoryLayout<UInt64>.size)
            )
            return functions.C_EncryptInit?(session, &mechanism, key.handle)
        }
        try Self.require(code)
        let input = SecretBytes(blocks: blocks)
        var encryption: ck_rv_t?
        let output = SecretBytes(count: input.count) { output in
            encryption = input.withExposedBytes { input in
                let bytes = UnsafeMutableRawBufferPointer(mutating: input).bindMemory(to: UInt8.self)
                var length = UInt(output.count)
                let encrypted = output.bindMemory(to: UInt8.self).baseAddress
                return functions.C_Encrypt?(session, bytes.baseAddress, UInt(bytes.count), encrypted, &length)
            }
        }
        try Self.require(encryption)
        return output.withExposedBytes { bytes in
            let last = bytes.count - MemoryLayout<UInt64>.size
            return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: last, as: UInt64.self))
        }
    }

}

extension SecretBytes {
    fileprivate convenience init(blocks: some Collection<UInt64>) {
        let size = MemoryLayout<UInt64>.size
        self.init(count: blocks.count * size) { storage in
            for (index, block) in blocks.enumerated() {
                storage.storeBytes(of: block.bigEndian, toByteOffset: index * size, as: UInt64.self)
            }
        }
    }
}
