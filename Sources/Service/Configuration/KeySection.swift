import AuthorizationEngine
import CardCryptography
import CardNetwork
import ISO8583
import YAMLFiles

/// Which stored keys a network's messages need, by id, and how the network changes them.
///
///     keys:
///       mac: blue-mac                       # or mac_in and mac_out
///       pin: blue-pin                       # or pin_in and pin_out
///       pin_format: 0                       # of blocks of 8 bytes: 0, 1 or 3
///       change:
///         protection: blue-zmk
///         block: {element: 48}
///         check_value: {element: 53, positions: 1-6}
///         grace_ms: 600000
///         ask: {after: 3, code: 161, answered: false, first_ms: 30000, longest_ms: 900000}
struct KeySection {
    private static let roles: [(key: String, purpose: NetworkKeys.Purpose, direction: KeyDirection)] = [
        ("mac", .mac, .both), ("mac_in", .mac, .incoming), ("mac_out", .mac, .outgoing), ("pin", .pin, .both),
        ("pin_in", .pin, .incoming), ("pin_out", .pin, .outgoing),
    ]

    let section: Section
    let dialect: Dialect

    func keys() -> NetworkKeys {
        section.allow(Self.roles.map(\.key) + ["change", "pin_format"])
        let working = Self.roles.compactMap { role in
            section.has(role.key)
                ? name(section, role.key).map { NetworkKeys.Working($0, role.purpose, role.direction) } : nil
        }
        for (purpose, key) in [(NetworkKeys.Purpose.mac, "mac"), (.pin, "pin")] {
            let directions = Set(working.filter { $0.purpose == purpose }.map(\.direction))
            if directions.contains(.both), directions.count > 1 {
                section.problem(key, "is for both directions, and does not go with \(key)_in and \(key)_out")
            }
            if purpose == .mac, directions.count == 1, !directions.contains(.both) {
                section.problem("mac_in", "and mac_out go together")
            }
        }
        if working.contains(where: { $0.purpose == .mac }), dialect.mac == nil {
            section.problem("mac", "the dialect has no message authentication code")
        }
        var keys = NetworkKeys(working: working, change: section.section("change").flatMap(change))
        section.set(&keys.pinFormat, "pin_format") { key in
            let format = section.number(key, 0...3).flatMap { PINBlockFormat(rawValue: UInt8($0)) }
            if format == .format2 { section.problem(key, "2 is for the chip of a card only") }
            return format
        }
        return keys
    }

    private func change(_ section: Section) -> KeyChange? {
        section.allow(["protection", "block", "check_value", "grace_ms", "ask"])
        guard let protection = name(section, "protection") else { return nil }
        var location = ElementLocation(48)
        if let block = section.section("block") {
            guard let own = place(block) else { return nil }
            location = own
        }
        var change = KeyChange(protection: protection, location: location)
        change.checkValue = section.section("check_value").flatMap(place)
        section.set(&change.grace, "grace_ms") { section.duration($0, 0...604_800_000) }
        if section.isNull("ask") {
            change.request = nil
        } else if let ask = section.section("ask") {
            ask.allow(["after", "code", "answered", "first_ms", "longest_ms"])
            var rules = KeyRequestRules()
            ask.set(&rules.isAnsweredWithKey, "answered") { ask.flag($0) }
            ask.set(&rules.failures, "after") { ask.number($0, 1...1_000) }
            if ask.has("code") { rules.code = ask.number("code", 1...999).map(Int64.init) }
            ask.readWaits(&rules.repetition, 100...3_600_000, 100...86_400_000)
            change.request = rules
        }
        return change
    }

    private func place(_ section: Section) -> ElementLocation? {
        section.allow(["element", "positions", "part"])
        return IndicatorSection(section: section, dialect: dialect).location(section)
    }

    private func name(_ section: Section, _ key: String) -> KeyName? {
        let expected = "the id of a key, 1 to 64 of a-z, 0-9, - and ."
        guard let text = section.text(key, expected: expected) else { return nil }
        guard let name = KeyName(text) else {
            section.problem(key, "\(expected) is expected")
            return nil
        }
        return name
    }
}
