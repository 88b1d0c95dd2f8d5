import CPKCS11
import CardCryptography
import Foundation
import Synchronization
import Testing

@testable import PKCS11

// A function of C knows nothing but what is global.
/// While it is, each encryption waits.
private let hangs = Atomic<Bool>(false)
/// Whether one waits now.
private let isHanging = Atomic<Bool>(false)
/// What each encryption answers, unless it is CKR_OK.
private let answer = Atomic<UInt>(CKR_OK)
/// What the module does.
private let encryptInit = (try? SoftHSM.token())?.functions.C_EncryptInit

extension Tokens {
    @Suite struct `A token that` {
        private static let digits = "0123456789ABCDEFFEDCBA9876543210"
        /// While it is, no session can be made.
        private static let isGone = Atomic<Bool>(false)
        private static let opened = Atomic<Int>(0)
        private static let refused = Atomic<Int>(0)

        private struct Gone: Error {}

        @Sendable private static func open() throws -> PKCS11Session {
            guard !isGone.load(ordering: .relaxed) else {
                refused.add(1, ordering: .relaxed)
                throw Gone()
            }
            opened.add(1, ordering: .relaxed)
            let token = try SoftHSM.token()
            token.functions.C_EncryptInit = { session, mechanism, key in
                while hangs.load(ordering: .relaxed) {
                    isHanging.store(true, ordering: .relaxed)
                    usleep(1_000)
                }
                isHanging.store(false, ordering: .relaxed)
                let code = answer.load(ordering: .relaxed)
                guard code == CKR_OK else { return code }
                return encryptInit?(session, mechanism, key) ?? ck_rv_t(CKR_GENERAL_ERROR)
            }
            return try PKCS11Session(token, key: TokenWorld.master)
        }

        private static func face() throws -> CardFace {
            CardFace(
                pan: try #require(PAN(ascii: "4123456789012345".utf8)),
                expiry: try #require(DecimalDigits(ascii: "8701".utf8, count: 4)),
                serviceCode: try #require(DecimalDigits(ascii: "111".utf8, count: 3))
            )
        }

        @Test func `hangs keeps nobody longer than the limit, and serves again when it goes on`() async throws {
            let limit = Duration.milliseconds(300)
            try await TokenWorld(limit: limit, open: Self.open).run { hsm in
                let name = try await hsm.holding(try key(Self.digits, .cardVerification), as: "cvk")
                hangs.store(true, ordering: .relaxed)
                defer { hangs.store(false, ordering: .relaxed) }
                let begun = ContinuousClock.now
                await withTaskGroup { group in
                    // More than may wait: those beyond are refused at once.
                    for _ in 0..<PKCS11Thread.queueLimit + 10 {
                        group.addTask {
                            await #expect(throws: PaymentCryptographyError.unavailable) {
                                try await hsm.cardVerificationValue(of: Self.face(), key: name)
                            }
                        }
                    }
                }
                #expect(ContinuousClock.now - begun < .seconds(20))
                hangs.store(false, ordering: .relaxed)
                var value: SecretDigits?
                // What nobody waits for any more is still in the queue.
                for _ in 0..<2_000 where value == nil {
                    value = try? await hsm.cardVerificationValue(of: Self.face(), key: name)
                    if value == nil { usleep(5_000) }
                }
                #expect(value != nil)
            }
        }

        @Test func `is gone is unavailable at once, and its keys are unwrapped anew when it is back`() async throws {
            try await TokenWorld(open: Self.open).run { hsm in
                let name = try await hsm.holding(try key(Self.digits, .cardVerification), as: "cvk")
                let value = try await hsm.cardVerificationValue(of: Self.face(), key: name)
                try Self.closeSessions()
                let before = Self.opened.load(ordering: .relaxed)
                #expect(try await hsm.verify(value, of: Self.face(), key: name))
                #expect(Self.opened.load(ordering: .relaxed) == before + 1)
                Self.isGone.store(true, ordering: .relaxed)
                defer { Self.isGone.store(false, ordering: .relaxed) }
                try Self.closeSessions()
                await #expect(throws: PaymentCryptographyError.unavailable) {
                    try await hsm.verify(value, of: Self.face(), key: name)
                }
                Self.isGone.store(false, ordering: .relaxed)
                #expect(try await hsm.verify(value, of: Self.face(), key: name))
            }
        }

        @Test func `is gone is not asked again for a while`() async throws {
            let told = Atomic<Int>(0)
            let world = try TokenWorld(pause: .seconds(3_600), open: Self.open) { error in
                if error is Gone { told.add(1, ordering: .relaxed) }
            }
            try await world.run { hsm in
                Self.isGone.store(true, ordering: .relaxed)
                defer { Self.isGone.store(false, ordering: .relaxed) }
                let before = Self.refused.load(ordering: .relaxed)
                for _ in 0..<3 {
                    await #expect(throws: PaymentCryptographyError.unavailable) {
                        try await hsm.generate(.cardVerification)
                    }
                }
                #expect(Self.refused.load(ordering: .relaxed) == before + 1)
                #expect(told.load(ordering: .relaxed) == 1)
            }
        }

        @Test(
            arguments: [
                (CKR_KEY_TYPE_INCONSISTENT, .refused, false), (CKR_KEY_FUNCTION_NOT_PERMITTED, .refused, false),
                (CKR_MECHANISM_INVALID, .unsupported, false), (CKR_SESSION_HANDLE_INVALID, .unavailable, true),
                (CKR_USER_NOT_LOGGED_IN, .unavailable, true), (CKR_DEVICE_REMOVED, .unavailable, true),
                (CKR_TOKEN_NOT_PRESENT, .unavailable, true), (CKR_KEY_HANDLE_INVALID, .unavailable, true),
                (CKR_GENERAL_ERROR, .unavailable, true),
            ] as [(UInt, PaymentCryptographyError, Bool)]
        )
        func `refuses a key keeps its session, which is renewed for what a session may be the cause of`(
            _ code: UInt,
            _ error: PaymentCryptographyError,
            isRenewed: Bool
        ) async throws {
            try await TokenWorld(open: Self.open).run { hsm in
                let name = try await hsm.holding(try key(Self.digits, .cardVerification), as: "cvk")
                let before = Self.opened.load(ordering: .relaxed)
                answer.store(code, ordering: .relaxed)
                defer { answer.store(CKR_OK, ordering: .relaxed) }
                await #expect(throws: error) { try await hsm.cardVerificationValue(of: Self.face(), key: name) }
                #expect(Self.opened.load(ordering: .relaxed) == before + (isRenewed ? 1 : 0))
            }
        }

        @Test func `hangs keeps nobody who does not want to wait`() async throws {
            try await TokenWorld(limit: .seconds(600), open: Self.open).run { hsm in
                let name = try await hsm.holding(try key(Self.digits, .cardVerification), as: "cvk")
                hangs.store(true, ordering: .relaxed)
                defer { hangs.store(false, ordering: .relaxed) }
                let asked = Task { try await hsm.cardVerificationValue(of: Self.face(), key: name) }
                Self.waitUntilItHangs()
                asked.cancel()
                await #expect(throws: PaymentCryptographyError.unavailable) { try await asked.value }
            }
        }

        @Test func `hangs while a key is destroyed has it no more when it goes on`() async throws {
            try await TokenWorld(limit: .milliseconds(300), open: Self.open).run { hsm in
                let name = try await hsm.holding(try key(Self.digits, .cardVerification), as: "cvk")
                let destroyed = try hsm.held(name)
                hangs.store(true, ordering: .relaxed)
                defer { hangs.store(false, ordering: .relaxed) }
                let asked = Task { try await hsm.cardVerificationValue(of: Self.face(), key: name) }
                Self.waitUntilItHangs()
                await hsm.forget([name])
                await #expect(throws: PaymentCryptographyError.unavailable) { try await asked.value }
                hangs.store(false, ordering: .relaxed)
                // Who asked before it was destroyed gets it no more.
                await #expect(throws: PaymentCryptographyError.unknownKey) {
                    try await hsm.compute(with: name, destroyed, to: .compute) { _ in }
                }
                #expect(try await hsm.thread.run { $0.names } == [])
            }
        }

        /// A pool of two threads would be blocked for seconds; one thread in Swift's pool there is for each core.
        @Test func `hangs is left behind when it is closed, and blocks none of Swift's threads meanwhile`() async {
            let waiting = Atomic<Int>(0)
            let goesOn = Atomic<Bool>(false)
            let threads = (0..<8 * ProcessInfo.processInfo.activeProcessorCount).map { _ in
                PKCS11Thread(limit: .seconds(1), pause: .zero) {
                    waiting.add(1, ordering: .relaxed)
                    while !goesOn.load(ordering: .relaxed) { usleep(1_000) }
                    throw Gone()
                } failed: { _ in
                }
            }
            defer { goesOn.store(true, ordering: .relaxed) }
            await withTaskGroup { group in
                for thread in threads { group.addTask { try? await thread.run { _ in } } }
            }
            #expect(waiting.load(ordering: .relaxed) == threads.count)
            let begun = ContinuousClock.now
            await withTaskGroup { group in
                for thread in threads { group.addTask { await thread.close() } }
            }
            #expect(ContinuousClock.now - begun < .seconds(6))
        }

        private static func waitUntilItHangs() {
            while !isHanging.load(ordering: .relaxed) { usleep(1_000) }
        }

        /// As a token that is restarted does.
        static func closeSessions() throws {
            let token = try SoftHSM.token()
            var info = ck_session_info()
            try check("C_GetSessionInfo", token.functions.C_GetSessionInfo?(token.session, &info))
            try check("C_CloseAllSessions", token.functions.C_CloseAllSessions?(info.slot_id))
        }
    }
}
