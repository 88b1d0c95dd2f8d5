import CLibCrypto

/// Why an X.509 certificate is not encrypted to.
package enum CertificateProblem: String, Error, CaseIterable {
    case unreadable = "it holds no certificate in PEM"
    case notInForce = "the certificate is not valid yet or any more"
    case notForEncryption = "the certificate's key usage allows no encryption"
    case weakKey = "the certificate's key is weaker than RSA with 2048 bits"
    case unsupported = "the certificate's key is not one that can be encrypted to"
}

/// An X.509 certificate (RFC 5280) to whose holder secrets are encrypted.
package final class EncryptionCertificate: Sendable {
    // Only read.
    private nonisolated(unsafe) let certificate: OpaquePointer

    /// - Parameter pem: of which the first certificate counts.
    package init(pem: [UInt8]) throws(CertificateProblem) {
        let read = pem.withUnsafeBytes { bytes in
            let source = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { BIO_free(source) }
            return PEM_read_bio_X509(source, nil, nil, nil)
        }
        guard let read else { throw .unreadable }
        certificate = read
        try check()
    }

    deinit { X509_free(certificate) }

    private func check() throws(CertificateProblem) {
        guard X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0,
            X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0
        else { throw .notInForce }
        // All bits are set where the extension is absent.
        let allowed = UInt32(KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT)
        guard X509_get_key_usage(certificate) & allowed != 0 else { throw .notForEncryption }
        guard EVP_PKEY_get_security_bits(X509_get0_pubkey(certificate)) >= 112 else { throw .weakKey }
    }

    /// SHA-256 of the certificate, in hexadecimal digits: what its holder compares.
    package var fingerprint: [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        return X509_digest(certificate, EVP_sha256(), &digest, &count) == 1 ? digest : []
    }

    /// CMS enveloped-data in DER (RFC 5652, section 6) with AES-256-CBC. An RSA key takes the content's key by OAEP with
    /// SHA-256 (RFC 3560), one of an elliptic curve by key agreement (RFC 5753).
    package func encrypt(_ content: SecretBytes) throws(CertificateProblem) -> [UInt8] {
        guard let message = CMS_encrypt(nil, nil, EVP_aes_256_cbc(), UInt32(CMS_BINARY | CMS_PARTIAL)) else {
            throw .unsupported
        }
        defer { CMS_ContentInfo_free(message) }
        guard let recipient = CMS_add1_recipient_cert(message, certificate, UInt32(CMS_KEY_PARAM)),
            Self.usesOAEP(recipient)
        else { throw .unsupported }
        let isFinal = content.withExposedBytes { bytes in
            let source = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { BIO_free(source) }
            return CMS_final(message, source, nil, UInt32(CMS_BINARY)) == 1
        }
        let length = i2d_CMS_ContentInfo(message, nil)
        guard isFinal, length > 0 else { throw .unsupported }
        var encoded = [UInt8](repeating: 0, count: Int(length))
        let written = encoded.withUnsafeMutableBufferPointer { buffer in
            var position = buffer.baseAddress
            return i2d_CMS_ContentInfo(message, &position)
        }
        guard written == length else { throw .unsupported }
        return encoded
    }

    /// What agrees on a key needs none.
    private static func usesOAEP(_ recipient: OpaquePointer) -> Bool {
        guard CMS_RecipientInfo_type(recipient) == CMS_RECIPINFO_TRANS else { return true }
        guard let context = CMS_RecipientInfo_get0_pkey_ctx(recipient) else { return false }
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1
            && EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1
            && EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1
    }
}
