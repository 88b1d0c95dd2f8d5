import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import HTTPAPI

/// Permissions in memory, each good once.
final class InMemoryReveals: RevealStore {
    private let permissions = Mutex<[RevealPermission]>([])
    /// From where the last token was used.
    let usedFrom = Mutex("")
    let number = Mutex<RevealedNumber?>(nil)

    /// What was given out without a token, and to whom.
    let recorded = Mutex<[(permission: RevealPermission, actor: CommandActor, address: String)]>([])
    /// Whether nothing can be recorded.
    let isAway = Mutex(false)

    var asked: [RevealPermission] { permissions.withLock { $0 } }

    func add(_ permission: RevealPermission, for actor: CommandActor) async throws {
        permissions.withLock { $0.append(permission) }
    }

    func record(_ permission: RevealPermission, for actor: CommandActor, from address: String) async throws {
        guard !isAway.withLock({ $0 }) else { throw CancellationError() }
        recorded.withLock { $0.append((permission, actor, address)) }
    }

    func use(_ permission: RevealPermission, from address: String, origin: String?) async throws -> RevealedNumber? {
        let isKnown = permissions.withLock { known in
            guard let index = known.firstIndex(of: permission) else { return false }
            known.remove(at: index)
            return true
        }
        if isKnown { usedFrom.withLock { $0 = address } }
        return isKnown ? number.withLock { $0 } : nil
    }
}

/// The vault's listener: one number for one token, to pages that may show it.
@Suite struct RevealTests {
    private static let page = "https://app.example"

    private struct Listener: Sendable {
        let door: Door
        let card: CardID
        var codes: CardCodes?

        func application() throws -> Application<RouterResponder<APIContext>> {
            let services = VaultServices(
                store: door.reveals,
                vault: door.services.vault,
                origins: [try #require(WebOrigin(page))],
                logger: door.services.logger,
                cardCodes: codes,
                proxies: TrustedProxies([try #require(AddressRange("127.0.0.0/8"))])
            )
            return Application(router: VaultRoutes(services: services).router(), logger: services.logger)
        }

        func run(_ body: @escaping @Sendable (Caller, String) async throws -> Void) async throws {
            let token = try RevealToken.text(of: try permission(), door.services.vault)
            try await application().test(.router) { client in
                try await body(Caller(client: client, programs: []), token)
            }
        }

        /// One that the client has asked for. It lasts longer than real ones do: machines may be busy.
        func permission(_ lifetime: Duration = .seconds(600)) throws -> RevealPermission {
            RevealPermission(
                id: RevealID(at: .wallClock, shard: card.shard, entropy: .random(in: .min ... .max)),
                card: card,
                tenant: door.tenants[0],
                expiresAt: .wallClock + lifetime
            )
        }

        static func make() async throws -> Listener {
            let door = try Door()
            let card = CardID(at: .wallClock, shard: Shard(truncating: 7), entropy: 1)
            let pan = try #require(PAN(ascii: "9900000000000002".utf8))
            let sealed = try door.services.vault.seal(pan, associatedData: card.bytes)
            let expiry = try #require(ExpiryMonth(year: 2029, month: 12))
            door.reveals.number.withLock {
                $0 = RevealedNumber(
                    secret: CardSecret(ciphertext: sealed.ciphertext, keyID: sealed.keyID),
                    expiry: expiry
                )
            }
            return Listener(door: door, card: card)
        }
    }

    private static func reveal(_ token: String, _ caller: Caller, origin: String? = page) async throws -> Caller.Reply {
        var headers: HTTPFields = [.contentType: "application/json"]
        headers[.origin] = origin
        return try await caller.send("/reveal", .post, headers, #"{"token":"\#(token)"}"#, as: nil)
    }

    @Test func `a number that is told without a token is recorded first, or not told`() async throws {
        let door = try Door()
        try await door.run { caller in
            let card = try await caller.makeCard().card
            #expect(try await caller.post("/v1/cards/\(card)/reveal").status == 200)
            let recorded = try #require(door.reveals.recorded.withLock { $0.first })
            #expect(recorded.permission.card == CardID(card) && recorded.permission.tenant == door.tenants[0])
            guard case .apiKey = recorded.actor else { return #expect(Bool(false), "\(recorded.actor)") }
            door.reveals.isAway.withLock { $0 = true }
            let refused = try await caller.post("/v1/cards/\(card)/reveal")
            #expect(refused.status == 503 && !refused.text.contains("pan"))
            #expect(door.reveals.recorded.withLock { $0.count } == 1)
        }
    }

    @Test func `a number that is not told, because its code cannot be computed, is not recorded as told`() async throws
    {
        let door = try Door()
        try await door.run { caller in
            let card = try await caller.makeCard().card
            var services = door.services
            services.cardCodes = try KeptKey.missing.codes(of: try #require(CardID(card)), program: door.programs[0])
            try await Application(router: httpRouter(services), logger: services.logger).test(.router) { client in
                let caller = Caller(client: client, programs: caller.programs)
                let refused = try await caller.post("/v1/cards/\(card)/reveal")
                #expect(refused.status == 503 && refused["code"] == "security_module_unavailable")
            }
            #expect(door.reveals.recorded.withLock { $0.isEmpty })
        }
    }

    @Test func `a token that the client asks for opens one card once, and the client never sees the number`()
        async throws
    {
        let listener = try await Listener.make()
        let door = listener.door
        try await door.run { caller in
            let card = try await caller.makeCard().card
            let reply = try await caller.post("/v1/cards/\(card)/reveal-tokens")
            #expect(reply.status == 201 && !reply.text.contains("pan"))
            #expect(try await caller.post("/v1/cards/\(card)/reveal-tokens", as: 1).status == 404)
            let token = try #require(reply["token"])
            let permission = try RevealToken.permission(from: token, door.services.vault, now: .wallClock)
            #expect(permission == door.reveals.asked.first && permission?.card == CardID(card))
            #expect(permission?.tenant == door.tenants[0])
            #expect(try #require(permission?.expiresAt) <= .wallClock + .seconds(60))
        }
        let known = try listener.permission()
        try await door.reveals.add(known, for: .apiKey(APIKeyID(high: 0, low: 0)))
        try await listener.run { caller, unknown in
            let text = try RevealToken.text(of: known, door.services.vault)
            let first = try await Self.reveal(text, caller)
            #expect(first.status == 200 && first["pan"] == "9900000000000002" && first["expiry"] == "2029-12")
            #expect(first.headers[.cacheControl] == "no-store")
            #expect(first.headers[.accessControlAllowOrigin] == Self.page)
            for refused in [text, unknown] {
                let reply = try await Self.reveal(refused, caller)
                #expect(reply.status == 403 && reply["code"] == "reveal_token_refused" && !reply.text.contains("9900"))
            }
        }
    }

    @Test(
        arguments: [(KeptKey.held, 200, "516"), (.missing, 503, nil), (.retired, 409, nil), (.none, 200, "null")]
            as [(KeptKey, Int, String?)]
    )
    func `the code is computed with the program's key, and a card without one is told from a module that is away`(
        _ row: (key: KeptKey, status: Int, code: String?)
    ) async throws {
        var listener = try await Listener.make()
        listener.codes = try row.key.codes(of: listener.card, program: listener.door.programs[0])
        let known = try listener.permission()
        try await listener.door.reveals.add(known, for: .apiKey(APIKeyID(high: 0, low: 0)))
        let vault = listener.door.services.vault
        try await listener.run { caller, _ in
            let reply = try await Self.reveal(try RevealToken.text(of: known, vault), caller)
            #expect(reply.status == row.status && reply["cvv2"] == row.code)
            #expect((reply["pan"] == nil) == (row.status != 200))
        }
    }

    @Test func `a token that expired, was altered in any digit or is no token is refused unasked`() async throws {
        let listener = try await Listener.make()
        let vault = listener.door.services.vault
        let text = try RevealToken.text(of: try listener.permission(), vault)
        #expect(try RevealToken.permission(from: text, vault, now: .wallClock) != nil)
        let expired = try RevealToken.text(of: try listener.permission(.seconds(-1)), vault)
        for wrong in [
            expired, "", "aval_rt_", text + "0", String(text.dropLast()), text.replacing("aval_rt_", with: ""),
        ] {
            #expect(try RevealToken.permission(from: wrong, vault, now: .wallClock) == nil)
        }
        for index in text.indices.dropFirst("aval_rt_".count) {
            var altered = text
            altered.replaceSubrange(index...index, with: text[index] == "0" ? "1" : "0")
            #expect(try RevealToken.permission(from: altered, vault, now: .wallClock) == nil)
        }
    }

    @Test func `kept is where the cardholder is, behind whatever proxies`() async throws {
        let listener = try await Listener.make()
        let forwarded = try #require(HTTPField.Name(TrustedProxies.header))
        for (header, found) in [
            ("203.0.113.7", "203.0.113.7"), ("2001:DB8:0::7", "2001:db8::7"), ("::ffff:203.0.113.7", "203.0.113.7"),
            ("198.51.100.1, 203.0.113.7, 127.0.0.2", "203.0.113.7"),
        ] {
            let known = try listener.permission()
            try await listener.door.reveals.add(known, for: .apiKey(APIKeyID(high: 0, low: 0)))
            let token = try RevealToken.text(of: known, listener.door.services.vault)
            try await listener.application().test(.live) { client in
                let caller = Caller(client: client, programs: [])
                let headers: HTTPFields = [.contentType: "application/json", forwarded: header]
                let reply = try await caller.send("/reveal", .post, headers, #"{"token":"\#(token)"}"#, as: nil)
                #expect(reply.status == 200, "\(reply.text)")
            }
            #expect(listener.door.reveals.usedFrom.withLock { $0 } == found)
        }
    }

    @Test func `pages of other origins get nothing, and use no token up`() async throws {
        let listener = try await Listener.make()
        let known = try listener.permission()
        try await listener.door.reveals.add(known, for: .apiKey(APIKeyID(high: 0, low: 0)))
        try await listener.run { caller, _ in
            let token = try RevealToken.text(of: known, listener.door.services.vault)
            for origin in ["https://evil.example", "null", "https://app.example.evil.example", "http://app.example"] {
                let reply = try await Self.reveal(token, caller, origin: origin)
                #expect(reply.status == 403 && reply.headers[.accessControlAllowOrigin] == nil, "\(origin)")
                let preflight = try await caller.send("/reveal", .options, [.origin: origin], "", as: nil)
                #expect(preflight.status == 403)
            }
            let preflight = try await caller.send("/reveal", .options, [.origin: Self.page], "", as: nil)
            #expect(preflight.status == 204 && preflight.headers[.accessControlAllowHeaders] == "Content-Type")
            #expect(try await Self.reveal(token, caller).status == 200)
        }
    }

    @Test func `the page for a frame is shown only where the settings allow it, and loads nothing else`() async throws {
        let listener = try await Listener.make()
        try await listener.run { caller, _ in
            let page = try await caller.get("/card", as: nil)
            let policy = try #require(page.headers[.contentSecurityPolicy])
            #expect(policy.contains("default-src 'none'") && policy.hasSuffix("frame-ancestors \(Self.page)"))
            #expect(try await caller.get("/card.js", as: nil).text.contains("/reveal"))
        }
    }

    @Test(arguments: [
        ("https://app.example", true), ("https://app.example:8443", true), ("http://localhost:3000", true),
        ("http://127.0.0.1", true), ("http://app.example", false), ("https://*", false),
        ("https://app.example/", false),
        ("https://", false), ("http://localhost.evil.example", false), ("https://a.example 'unsafe-inline'", false),
        ("null", false), ("", false),
    ])
    func `an origin is a scheme, a host and a port, and is encrypted`(_ text: String, _ isOrigin: Bool) {
        #expect((WebOrigin(text) != nil) == isOrigin)
    }

    @Test func `without leave to reveal directly, the API tells no number`() async throws {
        let door = try Door(revealsDirectly: false)
        try await door.run { caller in
            let card = try await caller.makeCard().card
            let reply = try await caller.post("/v1/cards/\(card)/reveal")
            #expect(reply.status == 403 && reply["code"] == "reveal_not_allowed")
        }
    }
}
