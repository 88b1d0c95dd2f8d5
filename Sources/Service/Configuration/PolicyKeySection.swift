import AuthorizationCore
import YAMLFiles

/// A program's keys, by id.
struct PolicyKeySection {
    private enum Method: String, CaseIterable {
        case visaPVV = "visa_pvv"
        case ibm3624 = "ibm_3624"
    }

    let section: Section

    func keys() -> VerificationKeys {
        section.allow(["cvv", "cavv", "dynamic", "pin", "chip"])
        var keys = VerificationKeys()
        if section.has("cvv") { keys.cardVerification = name(section, "cvv") }
        if section.has("cavv") { keys.authentication = name(section, "cavv") }
        keys.dynamicValue = section.section("dynamic").flatMap(dynamicValue)
        keys.pin = section.section("pin").flatMap(pin)
        keys.chip = section.section("chip").flatMap(chip)
        return keys
    }

    private func pin(_ section: Section) -> PINVerification? {
        section.allow(["method", "key", "key_index"])
        guard let method: Method = section.choice("method"), let key = name(section, "key") else { return nil }
        switch method {
        case .ibm3624: return PINVerification(.ibm3624, key: key)
        case .visaPVV:
            guard let index = section.number("key_index", 0...6) else { return nil }
            return PINVerification(.visaPVV(keyIndex: UInt8(index)), key: key)
        }
    }

    private func chip(_ section: Section) -> ChipVerification? {
        section.allow([
            "scheme", "cryptograms", "integrity", "confidentiality", "derivation", "counters", "blocks", "scripts",
        ])
        guard let scheme: ChipVerification.Scheme = section.listed("scheme"),
            let cryptograms = name(section, "cryptograms")
        else { return nil }
        var chip = ChipVerification(scheme, cryptograms: cryptograms)
        if section.has("integrity") { chip.messageIntegrity = name(section, "integrity") }
        if section.has("confidentiality") { chip.messageConfidentiality = name(section, "confidentiality") }
        section.set(&chip.derivation, "derivation") { section.listed($0) }
        if let window = section.section("counters") { chip.counters = counters(window, usual: .standard) }
        if section.has("blocks") { chip.blockedStatuses = blockedStatuses(section) }
        if let rules = section.section("scripts") { chip.scripts = scripts(rules) }
        return chip
    }

    func counters(_ section: Section, usual: CounterWindow) -> CounterWindow {
        section.allow(["behind", "ahead"])
        var window = usual
        section.set(&window.behind, "behind") { section.number($0, 0...ChipCounter.reach).map { UInt8($0) } }
        section.set(&window.ahead, "ahead") { section.number($0, 1...Int(UInt16.max)).map { UInt16($0) } }
        return window
    }

    private func scripts(_ section: Section) -> ScriptRules {
        section.allow(["obeyed", "sends"])
        var rules = ScriptRules()
        section.set(&rules.template, "obeyed") { section.listed($0) }
        section.set(&rules.sends, "sends") { section.number($0, 1...15).map { UInt8($0) } }
        return rules
    }

    private func blockedStatuses(_ section: Section) -> Set<CardStatus> {
        let allowed = [CardStatus.blocked, .lost, .stolen]
        let names = section.texts("blocks") ?? []
        let statuses = names.compactMap { name in allowed.first { $0.name == name } }
        if statuses.count < names.count { section.problem("blocks", "blocked, lost and stolen are expected") }
        return Set(statuses)
    }

    func name(_ section: Section, _ key: String) -> StoredKeyName? {
        let expected = "the id of a key, 1 to 64 of a-z, 0-9, - and ."
        guard let text = section.text(key, expected: expected) else { return nil }
        guard let name = StoredKeyName(text) else {
            section.problem(key, "\(expected) is expected")
            return nil
        }
        return name
    }
}
