import CPKCS11
import CardCryptography
import Foundation

/// A token of a PKCS#11 module (version 2.40) with one session, logged in. Used by one thread at a time.
///
/// The module stays loaded until the process ends: PKCS#11 has one state for all of it.
package final class PKCS11Token {
    /// Slots of a module that are looked at.
    private static let mostSlots = 64

    var functions: ck_function_list
    let session: ck_session_handle_t

    /// - Parameters:
    ///   - module: the path of a shared library, such as SoftHSM's libsofthsm2.so.
    ///   - label: the token's, at most 32 bytes.
    ///   - pin: of the token's user.
    /// - Throws: `PKCS11Error`.
    package init(module: String, label: String, pin: SecretBytes) throws {
        functions = try Self.load(module)
        let slot = try Self.slot(labelled: label, functions)
        var session: ck_session_handle_t = 0
        let flags = ck_flags_t(CKF_SERIAL_SESSION | CKF_RW_SESSION)
        try check("C_OpenSession", functions.C_OpenSession?(slot, flags, nil, nil, &session))
        self.session = session
        let code = pin.withExposedBytes { pin in
            let bytes = UnsafeMutableRawBufferPointer(mutating: pin).bindMemory(to: UInt8.self)
            return functions.C_Login?(session, ck_user_type_t(CKU_USER), bytes.baseAddress, UInt(bytes.count))
        }
        // Another session of the process may have logged in.
        if code != CKR_USER_ALREADY_LOGGED_IN { try check("C_Login", code) }
    }

    deinit { _ = functions.C_CloseSession?(session) }

    private static func load(_ path: String) throws -> ck_function_list {
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL), let symbol = dlsym(library, "C_GetFunctionList") else {
            throw PKCS11Error("\(path) is no PKCS#11 module that can be loaded")
        }
        let getList = unsafeBitCast(symbol, to: CK_C_GetFunctionList.self)
        var list: UnsafeMutablePointer<ck_function_list>?
        try check("C_GetFunctionList", getList(&list))
        guard let functions = list?.pointee else { throw PKCS11Error("\(path) has no functions") }
        var arguments = ck_c_initialize_args()
        arguments.flags = ck_flags_t(CKF_OS_LOCKING_OK)
        let code = functions.C_Initialize?(&arguments)
        if code != CKR_CRYPTOKI_ALREADY_INITIALIZED { try check("C_Initialize", code) }
        return functions
    }

    private static func slot(labelled label: String, _ functions: ck_function_list) throws -> ck_slot_id_t {
        var slots = [ck_slot_id_t](repeating: 0, count: mostSlots)
        var count = UInt(mostSlots)
        try check("C_GetSlotList", functions.C_GetSlotList?(1, &slots, &count))
        let found = slots.prefix(Int(clamping: count)).filter { slot in
            var info = ck_token_info()
            guard functions.C_GetTokenInfo?(slot, &info) == CKR_OK else { return false }
            return withUnsafeBytes(of: info.label) { Self.text($0) } == label
        }
        guard let only = found.first, found.count == 1 else {
            throw PKCS11Error(found.isEmpty ? "there is no token \(label)" : "there are several tokens \(label)")
        }
        return only
    }

    /// Without the spaces that fill it up.
    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespaces)
    }
}

extension PKCS11Token {
    /// - Throws: `unsupported` for a mechanism that the token does not have, `unavailable` when another session may do it,
    ///   else `refused`.
    static func require(_ code: ck_rv_t?) throws(PaymentCryptographyError) {
        switch code {
        case CKR_OK?: return
        case nil, CKR_FUNCTION_NOT_SUPPORTED?, CKR_MECHANISM_INVALID?: throw .unsupported
        case let code?: throw isOfSession(code) ? .unavailable : .refused
        }
    }

    /// Whether the session, or what was loaded into it, may be what is wrong.
    private static func isOfSession(_ code: ck_rv_t) -> Bool {
        switch code {
        case CKR_SESSION_CLOSED...CKR_SESSION_READ_WRITE_SO_EXISTS, CKR_USER_NOT_LOGGED_IN, CKR_OPERATION_ACTIVE,
            CKR_TOKEN_NOT_PRESENT...CKR_TOKEN_WRITE_PROTECTED, CKR_DEVICE_ERROR...CKR_DEVICE_REMOVED,
            CKR_OBJECT_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID, CKR_WRAPPING_KEY_HANDLE_INVALID,
            CKR_UNWRAPPING_KEY_HANDLE_INVALID, CKR_GENERAL_ERROR:
            true
        default: false
        }
    }
}

/// - Parameter code: nil for a function that the module does not have.
func check(_ function: String, _ code: ck_rv_t?) throws {
    guard code == CKR_OK else { throw PKCS11Error(function, code ?? ck_rv_t(CKR_FUNCTION_NOT_SUPPORTED)) }
}
