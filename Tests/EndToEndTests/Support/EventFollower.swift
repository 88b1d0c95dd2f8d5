import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Takes a stream of events in as it comes.
final class EventFollower: NSObject, URLSessionDataDelegate, Sendable {
    private struct State {
        var text = ""
        /// Whether the stream ended as it should; nil while it goes on.
        var hasEnded: Bool?
    }

    private let state = Mutex(State())

    init(_ client: Client, _ path: String) throws {
        super.init()
        guard let url = URL(string: "http://127.0.0.1:\(client.port)\(path)") else {
            throw AvalProcess.Problem(description: "no URL: \(path)")
        }
        var request = URLRequest(url: url)
        request.setValue("Bearer \(client.apiKey)", forHTTPHeaderField: "Authorization")
        let session = URLSession(configuration: .ephemeral, delegate: self, delegateQueue: nil)
        session.dataTask(with: request).resume()
        session.finishTasksAndInvalidate()
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        state.withLock { $0.text += String(decoding: data, as: UTF8.self) }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        state.withLock { $0.hasEnded = error == nil }
    }

    var eventCount: Int { state.withLock { $0.text.components(separatedBy: "\nevent: ").count - 1 } }

    func waitForEvents(_ count: Int) async throws {
        for _ in 0..<6_000 {
            if eventCount >= count { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        guard eventCount == count else {
            throw AvalProcess.Problem(description: "\(eventCount) events instead of \(count)")
        }
    }

    /// Waits for the stream's end; whether it ended as it should.
    func end() async throws -> Bool {
        for _ in 0..<6_000 {
            if let hasEnded = state.withLock({ $0.hasEnded }) { return hasEnded }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}
