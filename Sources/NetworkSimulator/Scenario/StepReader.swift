import ISO8583
import YAMLFiles

/// Reads the steps of a scenario in order, because each may speak of messages before it.
struct StepReader {
    let dialect: Dialect
    let variables: Set<String>
    /// Names that templates may take beside the variables.
    let keyBlocks: Set<String>
    let patience: Duration
    /// Names of the messages so far. `last` is the one before.
    private(set) var messages: Set<String> = []
    /// Names of the issuer's messages so far.
    private(set) var received: Set<String> = []
    /// As the steps so far leave them.
    private var macKeys: MACKeyNames?

    init(
        dialect: Dialect,
        variables: Set<String>,
        keyBlocks: Set<String>,
        macKeys: MACKeyNames?,
        patience: Duration
    ) {
        self.dialect = dialect
        self.variables = variables
        self.keyBlocks = keyBlocks
        self.macKeys = macKeys
        self.patience = patience
    }

    mutating func steps(_ section: Section) -> [Step] {
        let sections = section.sections("steps")
        guard (1...Limits.steps).contains(sections.count) else {
            section.problem("steps", "1 to \(Limits.steps) are expected")
            return []
        }
        var steps: [Step] = []
        for (index, section) in sections.enumerated() {
            guard let key = actionKey(section, ActionKey.allCases), let action = action(section, key) else { continue }
            steps.append(Step(title: "\(index + 1) \(title(section, key))", action: action))
        }
        return steps
    }

    private func title(_ section: Section, _ key: ActionKey) -> String {
        if section.has("note"), let note = section.text("note") { return note }
        guard key != .raw, section.isScalar(key.rawValue) else { return key.rawValue }
        return "\(key.rawValue) \(section.text(key.rawValue) ?? "")"
    }

    /// The one key that says what the step does.
    private func actionKey(_ section: Section, _ possible: [ActionKey]) -> ActionKey? {
        let keys = possible.filter { section.has($0.rawValue) }
        guard let key = keys.first, keys.count == 1 else {
            section.problem("one of \(possible.map(\.rawValue).joined(separator: ", ")) is expected")
            return nil
        }
        section.allow([key.rawValue] + key.others)
        return key
    }

    private mutating func action(_ section: Section, _ key: ActionKey) -> Step.Action? {
        let name = key.rawValue
        switch key {
        case .send, .prepare, .manage, .again, .reverse, .late, .advise, .complete:
            return exchange(section, key).map { .exchange($0) }
        case .answer:
            guard let message = message(section, name), let expectation = expectation(section) else { return nil }
            if case .later = expectation { section.problem("expect", "an answer, or nothing, is expected") }
            return .answer(of: message, expectation, within: within(section))
        case .receive: return receive(section).map { .receive($0) }
        case .traffic: return traffic(section).map { .traffic($0) }
        case .connection: return section.choice(name, ConnectionChange.self).map { .connection($0) }
        case .wait: return section.milliseconds(name).map { .wait($0) }
        case .advance: return section.number(name, Limits.clockSeconds).map { .advance(.seconds($0)) }
        case .macKey:
            guard let names = MACKeyNames(section, variables: variables, dialect, earlier: macKeys) else { return nil }
            macKeys = names
            return .macKeys(names)
        case .raw: return raw(section)
        case .garbage: return garbage(section)
        }
    }

    private func garbage(_ section: Section) -> Step.Action? {
        var longest = 300
        section.set(&longest, "longest") { section.number($0, Limits.garbageBytes) }
        guard let frames = section.number(ActionKey.garbage.rawValue, Limits.garbageFrames) else { return nil }
        let size = section.has("of") ? Limits.garbageBytes.upperBound : longest
        guard frames * size <= Limits.garbageTotal else {
            section.problem(ActionKey.garbage.rawValue, "\(Limits.garbageTotal / size) frames of this size at most")
            return nil
        }
        guard section.has("of") else { return .garbage(frames: frames, longest: longest) }
        return message(section, "of").map { .damage(frames: frames, of: $0) }
    }

    private func raw(_ section: Section) -> Step.Action? {
        var isFramed = true
        section.set(&isFramed, "framed", section.flag)
        guard let text = section.text("raw", expected: "bytes in hexadecimal") else { return nil }
        guard let bytes = hexBytes(text) else {
            section.problem("raw", "bytes in hexadecimal are expected")
            return nil
        }
        return .bytes(bytes, isFramed: isFramed)
    }
}

extension StepReader {
    private mutating func receive(_ section: Section) -> Reception? {
        guard let type = messageType(section, ActionKey.receive.rawValue), let expectation = expectation(section) else {
            return nil
        }
        guard case .answer(let expectation) = expectation, expectation.echoes.isEmpty else {
            section.problem("expect", "elements are expected; there is nothing that they could echo")
            return nil
        }
        let name = section.has("as") ? section.text("as") : nil
        if let name {
            if messages.contains(name) { section.problem("as", "a message before is called \(name.prefix(40))") }
            received.insert(name)
        }
        let reply = section.has("answer") ? reply(section) : nil
        if type.isResponse {
            section.problem(ActionKey.receive.rawValue, "\(type) is an answer; `await` waits for one")
        }
        return Reception(type: type, name: name, expectation: expectation, reply: reply, patience: within(section))
    }

    /// `nothing`, or elements.
    private func reply(_ section: Section) -> Reception.Reply? {
        if section.isScalar("answer") {
            return section.choice("answer", among: [("nothing", .silence)])
        }
        return section.section("answer").map { .answer(fields($0)) }
    }

    private func traffic(_ section: Section) -> Traffic? {
        var traffic = Traffic(count: 1, inFlight: 1, rate: nil, mix: [])
        section.set(&traffic.count, "traffic") { section.number($0, 1...Limits.trafficCount) }
        section.set(&traffic.inFlight, "in_flight") { section.number($0, 1...Limits.inFlight) }
        section.set(&traffic.rate, "per_second") { section.number($0, 1...Limits.rate) }
        let sections = section.sections("mix")
        guard (1...Limits.conversations).contains(sections.count) else {
            section.problem("mix", "1 to \(Limits.conversations) are expected")
            return nil
        }
        traffic.mix = sections.enumerated().map { conversation($1, number: $0 + 1) }
        return traffic
    }

    private func conversation(_ section: Section, number: Int) -> Traffic.Conversation {
        section.allow(["weight", "note", "steps"])
        // What it names is its own: many run at a time.
        var reader = self
        var conversation = Traffic.Conversation(title: "conversation \(number)", weight: 1, steps: [])
        section.set(&conversation.title, "note") { section.text($0) }
        section.set(&conversation.weight, "weight") { section.number($0, 1...1_000_000) }
        let sections = section.sections("steps")
        guard (1...Limits.conversationSteps).contains(sections.count) else {
            section.problem("steps", "1 to \(Limits.conversationSteps) are expected")
            return conversation
        }
        for section in sections {
            guard let key = actionKey(section, ActionKey.exchanges) else { continue }
            guard let exchange = reader.exchange(section, key) else { continue }
            // No later step could wait for it, and nothing would bound how many are under way.
            if case .later = exchange.expectation {
                section.problem("expect", "an answer, or nothing, is expected here")
            }
            conversation.steps.append(exchange)
        }
        return conversation
    }
}

extension StepReader {
    private mutating func exchange(_ section: Section, _ key: ActionKey) -> Exchange? {
        let source = source(section, key)
        var fields = section.section("fields").map { self.fields($0) } ?? [:]
        if fields[39] == nil, let code = key.responseCode(dialect.edition) { fields[39] = .some(try? Template(code)) }
        let newTotal = section.has("new_total") ? template(section, "new_total") : nil
        if newTotal != nil, dialect.edition != .iso1987 {
            section.problem("new_total", "is DE 95 of 1987; write the fields of this edition")
        }
        let name = section.has("as") ? section.text("as") : nil
        messages.formUnion([name, "last"].compactMap { $0 })
        let expectation = key == .prepare ? Expectation.unsent : expectation(section)
        guard let source, let expectation else { return nil }
        if case .new(let type) = source, type.isResponse, case .answer = expectation {
            section.problem("expect", "\(type) is an answer itself; `expect: nothing` goes with it")
        }
        return Exchange(
            source: source,
            name: name,
            fields: fields,
            newTotal: newTotal,
            expectation: expectation,
            patience: within(section)
        )
    }

    private func source(_ section: Section, _ key: ActionKey) -> Exchange.Source? {
        let name = key.rawValue
        let given = section.has("mti") ? messageType(section, "mti") : nil
        if let usual = key.followingType(dialect.edition) {
            return message(section, name).map { .following($0, given ?? usual) }
        }
        switch key {
        case .manage: return section.text(name).map { .management(code: $0) }
        case .again: return message(section, name).map { .repetition(of: $0, given) }
        default: return messageType(section, name).map { .new($0) }
        }
    }

    private func messageType(_ section: Section, _ key: String) -> MessageTypeIndicator? {
        let expected = "a message type of four digits, in quotes"
        guard let text = section.text(key, expected: expected) else { return nil }
        guard let type = MessageTypeIndicator(text) else {
            section.problem(key, "\(text.prefix(40)) is not possible; \(expected) is expected")
            return nil
        }
        return type
    }

    /// The name of an earlier message.
    private func message(_ section: Section, _ key: String) -> String? {
        guard let name = section.text(key, expected: "the name of an earlier message") else { return nil }
        guard messages.contains(name) else {
            section.problem(key, "no message before is called \(name.prefix(40))")
            return nil
        }
        return name
    }

    private func within(_ section: Section) -> Duration {
        var within = patience
        section.set(&within, "within_ms") { section.milliseconds($0) }
        return within
    }
}
