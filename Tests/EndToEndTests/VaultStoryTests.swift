import Foundation
import TestSupport
import Testing

/// The vault's own listener in the built program.
@Suite struct VaultStoryTests {
    @Test func `a token from the API shows the number on the vault's listener, once`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 1_000)
        let asked = try await client.post("/v1/cards/\(holder.card)/reveal-tokens").expecting(201)
        // Without a key: who has the token needs none.
        let vault = Client(port: try SharedServer.server.vaultPort(), apiKey: "")
        let body = #"{"token":"\#(asked.text("token"))"}"#
        #expect(try await vault.post("/reveal", body).expecting(200).text("pan") == holder.pan)
        #expect(try await vault.post("/reveal", body).expecting(403).text("code") == "reveal_token_refused")
        #expect(try await vault.get("/v1/programs").status == 404)
    }

    @Test func `with a certificate the vault's listener speaks TLS 1.2 or later, and nothing else`() async throws {
        let certificates = try Certificates()
        try certificates.make("vault")
        let server = try AvalProcess(
            try AvalProcess.Installation.make(),
            [
                "AVAL_VAULT_PORT": "0", "AVAL_VAULT_CERTIFICATE": certificates.path("vault.pem"),
                "AVAL_VAULT_KEY": certificates.path("vault.key"),
            ]
        )
        let port = try server.vaultPort()
        #expect(server.text.contains("https://"))
        let head = "Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        let request = Array("POST /reveal HTTP/1.1\r\n\(head)".utf8)
        let page = try TLSClient(port: port, certificates, certificate: nil)
        try page.write(request)
        #expect(String(decoding: page.read(12), as: UTF8.self).hasPrefix("HTTP/1.1 4"))
        #expect(try TLSClient(port: port, certificates, certificate: nil, protocolOption: "-tls1_1").ends)
        let plain = Client(port: port, apiKey: "")
        await #expect(throws: (any Error).self) { try await plain.post("/reveal", "{}") }
        #expect(server.stop() == 0)
    }
}
