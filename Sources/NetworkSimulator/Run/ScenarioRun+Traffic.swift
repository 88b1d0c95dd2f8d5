import ISO8583

extension Traffic {
    /// Which conversation of the mix is the one of that number: the same for the same seed, whatever answers do.
    func choice(_ index: Int, seed: UInt64) -> (conversation: Conversation, generator: SplitMix64)? {
        var generator = SplitMix64(seed: seed, index: index)
        var rest = Int.random(in: 0..<max(1, mix.reduce(0) { $0 + $1.weight }), using: &generator)
        for conversation in mix {
            if rest < conversation.weight { return (conversation, generator) }
            rest -= conversation.weight
        }
        return nil
    }
}

/// What one conversation of a mix came to.
private struct Outcome: Sendable {
    var title: String
    /// Each with the number of its step, from 1.
    var findings: [(step: Int, finding: Finding)] = []
    var latencies: [Duration] = []
}

extension ScenarioRun {
    private static let progressInterval = Duration.seconds(5)

    /// Plays conversations of a mix, many at a time.
    mutating func play(_ traffic: Traffic, _ title: String) async {
        let start = ContinuousClock.now
        var announced = start
        var latencies: [Int] = []
        var ended = 0
        await withTaskGroup(of: Outcome.self) { group in
            func take(_ run: inout ScenarioRun) async {
                guard let outcome = await group.next() else { return }
                ended += 1
                for (step, finding) in outcome.findings {
                    run.report.add(finding, step: "\(title), \(outcome.title), step \(step)")
                }
                latencies += outcome.latencies.map { Int($0 / .microseconds(1)) }
                guard ContinuousClock.now - announced > Self.progressInterval else { return }
                announced = .now
                run.progress("\(title): \(ended) of \(traffic.count)")
            }
            for index in 0..<traffic.count {
                if index >= traffic.inFlight { await take(&self) }
                if let rate = traffic.rate {
                    try? await Task.sleep(until: start + .seconds(1) * index / rate, clock: .continuous)
                }
                launch(traffic, index, in: &group)
            }
            while ended < traffic.count { await take(&self) }
        }
        if let latency = Report.Latency(step: title, latencies, took: .now - start) { report.latencies.append(latency) }
    }

    private mutating func launch(_ traffic: Traffic, _ index: Int, in group: inout TaskGroup<Outcome>) {
        guard let (chosen, generator) = traffic.choice(index, seed: seed) else { return }
        var scope = main.scope
        scope.now = now
        scope.generator = generator
        scope.traceNumbers = main.scope.traceNumbers.reserve(chosen.steps.count)
        let conversation = NetworkSimulator.Conversation(link, maker, scope)
        group.addTask {
            var conversation = conversation
            var outcome = Outcome(title: chosen.title)
            for (index, step) in chosen.steps.enumerated() {
                outcome.findings += await conversation.perform(step).map { (index + 1, $0) }
            }
            conversation.link.forget(conversation.identifiers)
            outcome.latencies = conversation.latencies
            return outcome
        }
    }
}
