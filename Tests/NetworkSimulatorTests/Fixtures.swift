import Foundation
import ISO8583
import YAMLFiles

@testable import NetworkSimulator

let dialect = Dialect.iso87ASCIIHexBitmap

/// A scenario with a dialect and the steps of the text.
func scenario(_ steps: String, _ head: String = "variables: {card.pan: '9900000000000002'}") throws -> Scenario {
    try read("name: test\ndialect: iso87-ascii-hexbitmap\n\(head)\nsteps:\n\(steps)")
}

func read(_ text: String) throws -> Scenario {
    struct Unknown: Error, CustomStringConvertible { var description = "no such dialect" }
    let resolver = ScenarioFile.Resolver { name in
        guard let dialect = Dialect.named(name) else { throw Unknown() }
        return dialect
    } tls: { _, _ in
        nil
    }
    return try ScenarioFile.read(Array(text.utf8), file: "test.yaml", resolver)
}

/// Each problem of a scenario as PATH: REASON.
func problems(_ text: String) -> [String] {
    do {
        _ = try read(text)
        return []
    } catch let error as FileError {
        return error.problems.map { "\($0.path): \($0.reason)" }
    } catch {
        return ["\(error)"]
    }
}

/// 2026-11-21 10:05:09 UTC.
let now = Date(timeIntervalSince1970: 1_795_255_509)

func scope(seed: UInt64 = 1, _ exchanges: [String: Exchanged] = [:]) -> Scope {
    Scope(
        variables: ["card.pan": "9900000000000002", "place": "Ávila"],
        exchanges: exchanges,
        now: now,
        traceNumbers: TraceNumbers(first: 42),
        generator: SplitMix64(seed: seed)
    )
}

/// A message of elements; hex for binary ones.
func message(_ type: MessageTypeIndicator, _ elements: [Int: String]) throws -> Message {
    var message = Message(type)
    for (element, text) in elements { try message.set(element, text, dialect) }
    return message
}

/// Plays steps against an issuer; gives the report and what the issuer got.
func play(
    _ steps: String,
    _ head: String = "",
    seed: UInt64 = 1,
    against script: @escaping StubIssuer.Script = { message, _ in StubIssuer.Reply.answer(message, "00") }
) async throws -> (report: Report, received: [Message]) {
    let issuer = try await StubIssuer(script)
    var scenario = try scenario(steps, "variables: {card.pan: '9900000000000002'}\n" + head)
    scenario.endpoint.port = issuer.port
    var run = try ScenarioRun(scenario, seed: seed, variables: [:]) { _ in }
    let report = try await run.play()
    try await issuer.close()
    return (report, issuer.received)
}

/// What failed, each as STEP: WHAT, FOUND.
func failures(
    _ steps: String,
    _ head: String = "",
    against script: @escaping StubIssuer.Script
) async throws -> [String] {
    try await play(steps, head, against: script).report.failures
}

extension Report {
    var failures: [String] {
        checks.filter { $0.failed > 0 }.map { "\($0.step): \($0.what), \($0.found.joined(separator: "; "))" }
    }
}
