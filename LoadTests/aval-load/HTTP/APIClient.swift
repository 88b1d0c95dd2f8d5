import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Calls the API, one call after the other, over one connection.
struct APIClient: Sendable {
    private let eventLoop: any EventLoop
    private let connection: NIOLoopBound<HTTPConnection>

    static func connect(_ address: APIAddress) async throws -> APIClient {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let connection = try await HTTPConnection.connect(address, on: eventLoop).get()
        return APIClient(eventLoop: eventLoop, connection: connection)
    }

    func get<Answer: Decodable>(_ path: String, as type: Answer.Type) async throws -> Answer {
        try JSONDecoder().decode(type, from: Data(try await call(.GET, path, [])))
    }

    /// Each call has an Idempotency-Key of its own, without which the API moves no money.
    ///
    /// - Parameter body: JSON.
    func post<Answer: Decodable>(_ path: String, _ body: String, as type: Answer.Type) async throws -> Answer {
        let answer = try await call(.POST, path, Array(body.utf8), idempotencyKey: UUID().uuidString)
        return try JSONDecoder().decode(type, from: Data(answer))
    }

    private func call(
        _ method: HTTPMethod,
        _ path: String,
        _ body: [UInt8],
        idempotencyKey: String? = nil
    ) async throws -> [UInt8] {
        let promise = eventLoop.makePromise(of: HTTPAnswer.self)
        eventLoop.execute {
            connection.value.send(method, path, body, idempotencyKey: idempotencyKey) { promise.completeWith($0) }
        }
        let answer = try await promise.futureResult.get()
        guard (200..<300).contains(answer.status) else {
            // A problem document: it names no secrets.
            throw Problem("\(method) \(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
        return answer.body
    }
}

/// Runs a job for each element over several connections at once; the results come in the order of the elements.
func overConnections<Element: Sendable, Value: Sendable>(
    _ count: Int,
    to address: APIAddress,
    _ elements: [Element],
    _ job: @escaping @Sendable (APIClient, Element) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: [(Int, Value)].self) { group in
        for worker in 0..<min(count, elements.count) {
            group.addTask {
                let client = try await APIClient.connect(address)
                var values: [(Int, Value)] = []
                for index in stride(from: worker, to: elements.count, by: count) {
                    values.append((index, try await job(client, elements[index])))
                }
                return values
            }
        }
        return try await group.reduce(into: []) { $0 += $1 }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
