import AsyncHTTPClient
import AuthorizationCore
import AuthorizationEngine
import NIOCore
import NIOHTTP1

/// Sends messages over HTTP/1.1. The host is looked up here, once for a line, and its address checked: the client
/// connects to that address alone, with the host's name for TLS.
package struct WebhookClient: WebhookSender {
    private let addresses: WebhookAddresses
    private let hosts = HostLookup()

    package init(_ addresses: WebhookAddresses) { self.addresses = addresses }

    package func open(_ url: WebhookURL, for tenant: TenantID) async -> Result<any WebhookLine, WebhookRefusal> {
        let found = await hosts.address(of: url.host, port: url.port, for: tenant)
        guard let text = found, let address = IPAddress(text) else {
            return .failure(WebhookRefusal(.hostUnknown))
        }
        guard addresses.allow(address, isSecure: url.isSecure) else { return .failure(WebhookRefusal(.addressRefused)) }
        return .success(ClientLine(url: url, address: text))
    }
}

private struct ClientLine: WebhookLine {
    private static let timeout = TimeAmount.seconds(10)
    /// Bytes of an answer that are read; nothing depends on them.
    private static let largestAnswer = 65_536

    private let url: String
    private let client: HTTPClient

    init(url: WebhookURL, address: String) {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: Self.timeout)
        )
        configuration.dnsOverride = [url.host: address]
        // Whether to try again is the delivery's to say.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        self.url = url.text
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func post(_ message: WebhookMessage) async -> WebhookResult {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = [
            "content-type": "application/json", "user-agent": "aval-webhooks", "webhook-id": message.id,
            "webhook-timestamp": "\(message.timestamp)", "webhook-signature": message.signatures,
        ]
        request.body = .bytes(ByteBuffer(bytes: message.body))
        do {
            let response = try await client.execute(request, timeout: Self.timeout)
            var read = 0
            // Read to its end, so that the connection can be used again; a longer one is dropped with it.
            do {
                for try await part in response.body {
                    read += part.readableBytes
                    if read > Self.largestAnswer { break }
                }
            } catch {
                // The status is the answer.
            }
            return .answered(status: Int(response.status.code))
        } catch {
            return .failed(.unreachable)
        }
    }

    func close() async { try? await client.shutdown() }
}
