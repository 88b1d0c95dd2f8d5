import Foundation

package struct NotCome: Error, CustomStringConvertible {
    var what: String

    package var description: String { "what was waited for has not come: \(what)" }
}

/// Waits for something that must come. On a busy machine anything may take seconds, and a long limit costs nothing
/// where it comes at once.
///
/// - Parameter what: told when it does not come.
package func eventually(
    _ what: String,
    within limit: Duration = .seconds(60),
    _ hasCome: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while true {
        // Other tests may keep this one waiting for a thread for longer than the limit: what was seen before it is old.
        let isLast = .now >= end
        if try await hasCome() { return }
        guard !isLast else { throw NotCome(what: what) }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// ``eventually(_:within:_:)`` for threads that may block.
package func blockUntil(
    _ what: String,
    within limit: Duration = .seconds(60),
    _ hasCome: () throws -> Bool
) throws {
    let end = ContinuousClock.now + limit
    while try !hasCome() {
        guard .now < end else { throw NotCome(what: what) }
        usleep(10_000)
    }
}
