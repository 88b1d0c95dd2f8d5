import Foundation
import ISO8583

/// Plays a scenario's steps against an issuer, in order.
package struct ScenarioRun {
    /// Why a scenario cannot be played.
    package struct Problem: Error, CustomStringConvertible {
        package var description: String
    }

    let scenario: Scenario
    let link: NetworkLink
    let maker: MessageMaker
    let seed: UInt64
    let progress: @Sendable (String) -> Void
    private let variables: [String: String]
    /// Of all keys that the scenario has at some time.
    private let seals: [MACKeyNames: MACSeal]
    /// By how much the scenario's clock is ahead of where it started.
    private var advanced: Duration = .zero
    var main: Conversation
    var report: Report

    /// - Parameters:
    ///   - variables: take the place of those of the scenario.
    ///   - progress: is told how far a long step is.
    /// - Throws: ``Problem`` for variables that have no value, or that the scenario does not know.
    package init(
        _ scenario: Scenario,
        seed: UInt64,
        variables: [String: String],
        progress: @escaping @Sendable (String) -> Void
    ) throws(Problem) {
        self.scenario = scenario
        self.seed = seed
        self.progress = progress
        self.variables = try Self.withKeyBlocks(scenario, try Self.values(scenario.variables, variables), seed: seed)
        let seals = try Self.seals(scenario, self.variables)
        self.seals = seals
        link = NetworkLink(
            scenario.endpoint,
            scenario.dialect,
            scenario.macKeys.flatMap { seals[$0] },
            held: scenario.answeredTypes
        )
        maker = MessageMaker(scenario)
        var generator = SplitMix64(seed: seed)
        let first = Int.random(in: 1...999_999, using: &generator)
        let scope = Scope(
            variables: self.variables,
            now: scenario.start ?? Date(),
            traceNumbers: TraceNumbers(first: first),
            generator: generator
        )
        main = Conversation(link, maker, scope)
        let endpoint = "\(scenario.endpoint.host):\(scenario.endpoint.port)"
        report = Report(scenario: scenario.name, endpoint: endpoint, seed: seed)
    }

    /// - Throws: when the issuer cannot be reached.
    package mutating func play() async throws -> Report {
        do {
            try await link.open(progress)
        } catch {
            throw Problem(description: "\(report.endpoint): \(reason(error))")
        }
        for step in scenario.steps {
            main.scope.now = now
            for finding in await play(step) { report.add(finding, step: step.title) }
        }
        await link.shutDown()
        addRemarks()
        return report
    }

    var now: Date {
        let seconds = Double(advanced.components.seconds)
        return (scenario.start ?? Date()).addingTimeInterval(seconds)
    }

    private mutating func play(_ step: Step) async -> [Finding] {
        switch step.action {
        case .exchange(let exchange): return await main.perform(exchange)
        case .answer(let name, let expectation, let limit):
            return await main.answer(of: name, expectation, within: limit)
        case .receive(let reception): return await receive(reception)
        case .traffic(let traffic):
            await play(traffic, step.title)
            return []
        case .wait(let duration):
            try? await Task.sleep(for: duration)
            return []
        case .advance(let duration):
            advanced += duration
            return []
        case .macKeys(let names):
            link.seal = seals[names]
            return []
        case .connection(let change): return await play(change)
        case .bytes(let bytes, let isFramed): return write(isFramed ? frame(bytes) : bytes)
        case .garbage(let frames, let longest): return write(garbage(frames, longest))
        case .damage(let frames, let name): return damage(frames, name)
        }
    }

    private func play(_ change: ConnectionChange) async -> [Finding] {
        switch change {
        case .close: await link.close(isReset: false)
        case .reset: await link.close(isReset: true)
        case .open:
            do {
                try await link.open(progress)
            } catch {
                return [Finding(what: "connection", expected: "open", found: reason(error))]
            }
        }
        return []
    }

    private func write(_ bytes: [UInt8]) -> [Finding] {
        do {
            try link.write(bytes)
            return []
        } catch {
            return [Finding(what: "bytes", expected: "sent", found: "\(error)")]
        }
    }

    private mutating func garbage(_ frames: Int, _ longest: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<frames {
            let count = Int.random(in: 1...longest, using: &main.scope.generator)
            bytes += frame((0..<count).map { _ in UInt8.random(in: 0...255, using: &main.scope.generator) })
        }
        return bytes
    }

    private mutating func damage(_ frames: Int, _ name: String) -> [Finding] {
        guard let message = main.scope.exchanges[name]?.sent,
            let packed = try? Codec.encode(message, dialect: scenario.dialect)
        else { return [Finding(what: "bytes", expected: "of \(name)", found: "\(name) was not made")] }
        var bytes: [UInt8] = []
        for _ in 0..<frames {
            var damaged = packed
            for _ in 0..<Int.random(in: 1...4, using: &main.scope.generator) {
                let place = Int.random(in: damaged.indices, using: &main.scope.generator)
                damaged[place] = UInt8.random(in: 0...255, using: &main.scope.generator)
            }
            bytes += frame(damaged)
        }
        return write(bytes)
    }

    /// A frame, or nothing where the framing has none so long.
    private func frame(_ bytes: [UInt8]) -> [UInt8] { (try? scenario.dialect.framing.encode(bytes)) ?? [] }

    /// What came that no step spoke of.
    private mutating func addRemarks() {
        let (unsolicited, unreadable, late) = link.remarks
        let title = "at the end"
        if late > 0 { progress("\(late) answers came after they were waited for") }
        if !scenario.allowsUnsolicited {
            report.add(Self.none("messages that nothing waits for", unsolicited), step: title)
        }
        report.add(Self.none("frames that are no message", unreadable), step: title)
    }

    private static func none(_ what: String, _ came: Unsolicited) -> Finding {
        let found = "\(came.count): \(came.examples.joined(separator: "; "))"
        return Finding(what: what, expected: "none", found: came.count == 0 ? nil : found)
    }
}
