import AuthorizationCore
import CardCryptography
import Testing

@testable import AuthorizationEngine

@Suite struct `Codes of cards that are shown` {
    private static func code(
        _ world: VerifierWorld,
        _ profile: CardProfile?,
        modules: SecurityModules? = nil,
        within limit: Duration = .seconds(60)
    ) async throws -> String? {
        let profiles = FixedProfiles(result: .success(profile))
        let codes = CardCodes(
            modules: modules ?? SecurityModules(world.module),
            keys: world.held,
            source: world.source,
            profiles: profiles
        )
        let pan = try #require(PAN(ascii: Array(VerifierWorld.pan.utf8)))
        let expiry = try #require(ExpiryMonth(year: 2087, month: 1))
        let code = try await codes.code(of: Bench.card(0), pan, expiry: expiry, within: limit)
        return code.map { $0.withExposedDigits { String(decoding: $0, as: UTF8.self) } }
    }

    @Test(arguments: [(VerificationPolicy.ExpiryOrder.yearFirst, "8701"), (.monthFirst, "0187")])
    func `are made with the active key and the expiry in the program's order`(
        _ order: VerificationPolicy.ExpiryOrder,
        _ expiry: String
    ) async throws {
        var world = try VerifierWorld()
        try world.hold("0123456789ABCDEF1032547698BADCFE", version: 2)
        try world.stored((1, .previous), (2, .active))
        world.policy.expiryOrder = order
        let key = try #require(KeyName("cvk")).ofVersion(2)
        let expected = try world.value("000", expiry: expiry, key: key)
        #expect(try await Self.code(world, try world.profile()) == expected)
    }

    @Test func `are none without a key, and unknown without an answer of the module`() async throws {
        var world = try VerifierWorld()
        let profile = try world.profile()
        await #expect(throws: PaymentCryptographyError.unknownKey) { try await Self.code(world, profile) }
        try world.stored((1, .active))
        let module = HangingHSM(of: world.module)
        await #expect(throws: PaymentCryptographyError.unavailable) {
            try await Self.code(world, profile, modules: module.modules, within: .milliseconds(200))
        }
        module.letGo()
        world.policy.keys.cardVerification = nil
        #expect(try await Self.code(world, try world.profile()) == nil)
        #expect(try await Self.code(world, nil) == nil)
    }

    /// The versions of a key before and after it is read again, and what comes of a code of version 1.
    struct Reading: Sendable {
        var before: [Int32]
        var after: [Int32]
        var isRead = true
        var isOver = true
        var outcome: String
    }

    static let readings = [
        Reading(before: [], after: [], outcome: "gone"), Reading(before: [0], after: [0], outcome: "gone"),
        Reading(before: [0], after: [2], outcome: "gone"), Reading(before: [0], after: [0, 1], outcome: "made"),
        Reading(before: [], after: [1], outcome: "made"), Reading(before: [2], after: [1], outcome: "gone"),
        Reading(before: [], after: [], isRead: false, outcome: "unknown"),
        Reading(before: [], after: [], isOver: false, outcome: "unknown"),
    ]

    @Test(arguments: readings)
    func `are gone with their key's version, also the newest or only one, once keys are read`(
        _ reading: Reading
    ) async throws {
        var world = try VerifierWorld()
        func stored(_ versions: [Int32]) throws { try world.stored(versions.map { ($0, .previous) }) }
        try stored(reading.before)
        let read: @Sendable () -> Void = { [world] in
            do { try world.stored(reading.after.map { ($0, .previous) }) } catch { Issue.record(error) }
        }
        world.source = PlayedKeys(isRead: reading.isRead, read: reading.isOver ? read : nil)
        var profile = try world.profile()
        profile.instances[0].keyVersions = [StoredKeyVersion(try #require(StoredKeyName("cvk")), 1)]
        let outcome: String
        // Where reading does not end, its limit is what ends the wait.
        let limit = reading.isOver ? Duration.seconds(60) : .milliseconds(200)
        do {
            outcome = try await Self.code(world, profile, within: limit) == nil ? "none" : "made"
        } catch let gone as KeyVersionGone {
            outcome = gone.description == "key cvk version 1 is not in use" ? "gone" : gone.description
        } catch PaymentCryptographyError.unknownKey {
            outcome = "unknown"
        }
        #expect(outcome == reading.outcome)
        // Nobody waits where a newer version tells enough.
        #expect(world.source.readings == (reading.before == [2] ? 0 : 1))
    }

    @Test func `are not asked for beyond a bound, until the module answers`() async throws {
        let world = try VerifierWorld()
        try world.stored((1, .active))
        let module = HangingHSM(of: world.module)
        let profiles = FixedProfiles(result: .success(try world.profile()))
        let codes = CardCodes(
            modules: module.modules,
            keys: world.held,
            source: world.source,
            profiles: profiles
        )
        let pan = try #require(PAN(ascii: Array(VerifierWorld.pan.utf8)))
        let expiry = try #require(ExpiryMonth(year: 2087, month: 1))
        await withTaskGroup(of: Void.self) { group in
            for _ in 1...Limits.verificationsInFlight {
                group.addTask {
                    _ = try? await codes.code(of: Bench.card(0), pan, expiry: expiry, within: .milliseconds(1))
                }
            }
        }
        // None of them waits any more, and all keep their places: the next one does not wait at all.
        let clock = ContinuousClock()
        let waited = await clock.measure {
            await #expect(throws: PaymentCryptographyError.unavailable) {
                try await codes.code(of: Bench.card(0), pan, expiry: expiry, within: .seconds(60))
            }
        }
        #expect(waited < .seconds(30))
        module.letGo()
        var code: SecretDigits?
        while code == nil {
            code = try? await codes.code(of: Bench.card(0), pan, expiry: expiry, within: .seconds(20))
        }
    }
}
