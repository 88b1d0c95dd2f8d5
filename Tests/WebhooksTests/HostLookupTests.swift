import AuthorizationCore
import Foundation
import Synchronization
import Testing

@testable import Webhooks

/// Names whose server is silent, beside others.
@Suite struct HostLookupTests {
    /// A name server that keeps silent about all names but one, until it is released.
    private final class NameServer: Sendable {
        private let state = Mutex((isReleased: false, asked: 0))

        var asked: Int { state.withLock { $0.asked } }

        func release() { state.withLock { $0.isReleased = true } }

        func address(_ host: String) -> String? {
            if host == "sound.example" { return "192.0.2.1" }
            state.withLock { $0.asked += 1 }
            while !state.withLock({ $0.isReleased }) { usleep(1_000) }
            return "192.0.2.2"
        }
    }

    private static func tenant(_ number: UInt64) -> TenantID { TenantID(high: 0, low: number) }

    @Test func `silence is waited for a while, and holds up nobody else`() async {
        let server = NameServer()
        defer { server.release() }
        let short = HostLookup(limit: .milliseconds(100)) { host, _ in server.address(host) }
        await withTaskGroup(of: String?.self) { group in
            for _ in 0..<20 {
                group.addTask { await short.address(of: "silent.example", port: 443, for: Self.tenant(1)) }
            }
            for await found in group { #expect(found == nil) }
        }
        #expect(server.asked <= 2)
        let long = HostLookup(limit: .seconds(60)) { host, _ in server.address(host) }
        #expect(await long.address(of: "sound.example", port: 443, for: Self.tenant(2)) == "192.0.2.1")
    }

    @Test func `a tenant's threads come back to it`() async {
        let server = NameServer()
        let lookup = HostLookup(limit: .seconds(60)) { host, _ in server.address(host) }
        server.release()
        for _ in 0..<5 {
            #expect(await lookup.address(of: "silent.example", port: 443, for: Self.tenant(1)) == "192.0.2.2")
        }
        struct Unknown: Error {}
        let failing = HostLookup(limit: .seconds(60)) { _, _ in throw Unknown() }
        for _ in 0..<5 { #expect(await failing.address(of: "nowhere.invalid", port: 443, for: Self.tenant(1)) == nil) }
    }
}
