/// Why an operation of payment cryptography was not done. Carries no data of the operation; raw values are what tools
/// print.
package enum PaymentCryptographyError: String, Error, Hashable, CaseIterable {
    /// A card number, expiry date, code or other value is not what the operation takes.
    case invalidInput = "invalid_input"

    case keyLength = "key_length"
    /// A DES key has a byte of even parity.
    case keyParity = "key_parity"
    /// A key that protects nothing: all zeros, or DES halves that are equal.
    case weakKey = "weak_key"
    /// The key is for another purpose.
    case keyUsage = "key_usage"
    /// The key's mode of use does not allow the operation.
    case keyMode = "key_mode"
    case checkValueMismatch = "check_value_mismatch"
    /// Key components are too few, too many or of different lengths, or one of them is taken for the key.
    case keyComponents = "key_components"

    case unknownKey = "unknown_key"
    case keyNameTaken = "key_name_taken"
    case notExportable = "not_exportable"

    case macMismatch = "mac_mismatch"
    /// The key block's length is not the one that its header tells.
    case lengthMismatch = "length_mismatch"
    case keyBlockHeader = "key_block_header"
    /// The key would be, or was, wrapped under a weaker one, or in a key block of an older version.
    case weakProtection = "weak_protection"
    /// The key block's MAC is right, and what it protects is no key of its algorithm.
    case keyBlockContent = "key_block_content"

    case pinLengthOutOfRange = "pin_length_out_of_range"
    case pinDigitNotDecimal = "pin_digit_not_decimal"
    case blockNot8Bytes = "block_not_8_bytes"
    case blockNot16Bytes = "block_not_16_bytes"
    case wrongControlNibble = "wrong_control_nibble"
    case badFill = "bad_fill"
    /// Digits and fill are both wrong: the block was made for another card number, or with another key.
    case invalidPINBlock = "invalid_block"
    /// The PIN block holds no PIN for this card and key: the caller decides whether that is a wrong PIN. A security module
    /// says no more of it, because what is wrong with a block tells of the PIN in it.
    case pinBlockNotOpened = "pin_block_not_opened"
    /// A decimalisation table that lets PINs be found out, a second one for a key, or none.
    case decimalisationTable = "decimalisation_table"
    /// ISO 9564-1 does not let a PIN go from the one format to the other.
    case translationNotAllowed = "translation_not_allowed"

    /// DE 55 lacks a data object that the cryptogram needs.
    case chipDataMissing = "chip_data_missing"
    /// A data object has another length than EMV Book 3 annex A gives it.
    case chipDataLength = "chip_data_length"
    case issuerApplicationData = "issuer_application_data"
    case unknownCryptogramVersion = "unknown_cryptogram_version"
    /// The answer is not of the ARPC method of the cryptogram version.
    case arpcMethod = "arpc_method"

    /// The security module has no mechanism for the operation that would leave the key, or the PIN, where it is.
    case unsupported
    /// The security module does not do it with this key, or not with these values: asked again it would answer the same.
    case refused
    /// libcrypto would not do what it was asked.
    case library = "library_failure"
    /// The security module cannot be reached.
    case unavailable
}

extension PaymentCryptographyError {
    /// What can be wrong with a decrypted PIN block.
    static let ofPINBlocks: Set<Self> = [
        .wrongControlNibble, .pinLengthOutOfRange, .pinDigitNotDecimal, .badFill, .invalidPINBlock,
    ]
}
