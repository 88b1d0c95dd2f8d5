import CPKCS11
import CardCryptography

/// The token's master key, and what is wrapped under it for this process to read.
extension PKCS11Token {
    /// - Parameter isMade: makes the key where there is none.
    /// - Throws: `PKCS11Error`; also for a key that could leave the token, or that cannot unwrap.
    func wrappingKey(labelled label: String, isMade: Bool = false) throws -> ck_object_handle_t {
        let found = try secretKey(labelled: label)
        guard let key = try found ?? (isMade ? makeWrappingKey(labelled: label) : nil) else {
            throw PKCS11Error("the token has no key \(label): `aval key-files wrap` makes it")
        }
        try checkWrappingKey(key, labelled: label)
        return key
    }

    /// Nil when there is none.
    private func secretKey(labelled label: String) throws -> ck_object_handle_t? {
        var objects: [ck_object_handle_t] = [0, 0]
        var count: UInt = 0
        let template = Template().number(CKA_CLASS, CKO_SECRET_KEY).text(CKA_LABEL, label)
        try template.withAttributes { attributes in
            try check(
                "C_FindObjectsInit",
                functions.C_FindObjectsInit?(session, attributes.baseAddress, UInt(attributes.count))
            )
        }
        let code = functions.C_FindObjects?(session, &objects, 2, &count)
        try check("C_FindObjectsFinal", functions.C_FindObjectsFinal?(session))
        try check("C_FindObjects", code)
        guard count < 2 else { throw PKCS11Error("the token has several keys \(label)") }
        return count == 1 ? objects[0] : nil
    }

    private func makeWrappingKey(labelled label: String) throws -> ck_object_handle_t {
        var mechanism = ck_mechanism(mechanism: CKM_AES_KEY_GEN, parameter: nil, parameter_len: 0)
        var key: ck_object_handle_t = 0
        let template = Template().text(CKA_LABEL, label).number(CKA_VALUE_LEN, UInt(WrappedKey.keyLength))
            .flags([CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE, CKA_WRAP, CKA_UNWRAP], true)
            .flags([CKA_EXTRACTABLE, CKA_ENCRYPT, CKA_DECRYPT], false)
        try template.withAttributes { attributes in
            let count = UInt(attributes.count)
            try check(
                "C_GenerateKey",
                functions.C_GenerateKey?(session, &mechanism, attributes.baseAddress, count, &key)
            )
        }
        return key
    }

    /// Whoever made it may have meant it for something else.
    private func checkWrappingKey(_ key: ck_object_handle_t, labelled label: String) throws {
        for (flag, isWanted, problem) in [
            (CKA_UNWRAP, true, "cannot unwrap"), (CKA_SENSITIVE, true, "is not sensitive"),
            (CKA_EXTRACTABLE, false, "is extractable"),
            // What it wraps would come out of it in clear.
            (CKA_DECRYPT, false, "decrypts"),
        ] where try isSet(flag, of: key) != isWanted {
            throw PKCS11Error("the token's key \(label) \(problem)")
        }
    }

    private func isSet(_ flag: UInt, of object: ck_object_handle_t) throws -> Bool {
        // CK_BBOOL is one byte.
        var value: UInt8 = 0
        try withUnsafeMutablePointer(to: &value) { value in
            var attribute = ck_attribute(type: flag, value: value, value_len: 1)
            try check("C_GetAttributeValue", functions.C_GetAttributeValue?(session, object, &attribute, 1))
        }
        return value != 0
    }

    func sessionKey(_ key: SecretBytes) throws(PaymentCryptographyError) -> ck_object_handle_t {
        var object: ck_object_handle_t = 0
        let code = Self.readable.secret(CKA_VALUE, key).withAttributes { attributes in
            functions.C_CreateObject?(session, attributes.baseAddress, UInt(attributes.count), &object)
        }
        try Self.require(code)
        return object
    }

    func wrapped(
        _ object: ck_object_handle_t,
        under master: ck_object_handle_t,
        length: Int
    ) throws(PaymentCryptographyError) -> [UInt8] {
        var mechanism = Self.keyWrap
        var wrapped = [UInt8](repeating: 0, count: length)
        var written = UInt(length)
        let code = functions.C_WrapKey?(session, &mechanism, master, object, &wrapped, &written)
        try Self.require(code)
        guard written == length else { throw .refused }
        return wrapped
    }

    /// - Throws: `macMismatch` for whatever the module finds wrong with it: modules differ in what they call it. SoftHSM has
    ///   CKR_GENERAL_ERROR for it, which is therefore no lost session here: one altered row of the database would cost all
    ///   keys theirs. A session that is lost is found out by the next encryption.
    func unwrapped(
        _ wrapped: [UInt8],
        under master: ck_object_handle_t,
        as template: Template
    ) throws(PaymentCryptographyError) -> ck_object_handle_t {
        var (mechanism, wrapped) = (Self.keyWrap, wrapped)
        var object: ck_object_handle_t = 0
        let code = template.withAttributes { attributes in
            let (count, length) = (UInt(attributes.count), UInt(wrapped.count))
            return functions.C_UnwrapKey?(
                session,
                &mechanism,
                master,
                &wrapped,
                length,
                attributes.baseAddress,
                count,
                &object
            )
        }
        switch code {
        case CKR_WRAPPED_KEY_INVALID, CKR_ENCRYPTED_DATA_INVALID, CKR_GENERAL_ERROR: throw .macMismatch
        default: try Self.require(code)
        }
        return object
    }

    func value(of object: ck_object_handle_t) throws(PaymentCryptographyError) -> SecretBytes {
        var code: ck_rv_t?
        let value = SecretBytes(count: WrappedKey.keyLength) { storage in
            var attribute = ck_attribute(
                type: CKA_VALUE,
                value: storage.baseAddress,
                value_len: UInt(storage.count)
            )
            code = functions.C_GetAttributeValue?(session, object, &attribute, 1)
            if code == CKR_OK, attribute.value_len != storage.count { code = CKR_BUFFER_TOO_SMALL }
        }
        try Self.require(code)
        return value
    }

    func destroy(_ object: ck_object_handle_t) { _ = functions.C_DestroyObject?(session, object) }

    private static var keyWrap: ck_mechanism {
        ck_mechanism(mechanism: CKM_AES_KEY_WRAP, parameter: nil, parameter_len: 0)
    }

    static var readable: Template {
        Template().number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_GENERIC_SECRET)
            .flags([CKA_EXTRACTABLE], true).flags([CKA_TOKEN, CKA_SENSITIVE], false)
    }
}
