import AuthorizationCore
import CardNetwork
import ISO8583
import YAMLFiles

/// A network's own codes as YAML, laid over the standard's; `~` takes a code away.
///
///     kinds: {"17": cash_advance, "90": pin_change}
///     entry_modes: {"95": magnetic_stripe}
///     teller_machine_categories: ["6010", "6011"]
///     management: {"081": echo, "270": ~}
///     responses:
///       codes: {not_supported: "12"}
///       declines: {card_blocked: {code: "04", channels: {ecommerce: {code: "14"}}}}
///       advices: {"N7": declined, "08": ~}
struct CodeSection {
    static let keys = ["kinds", "entry_modes", "teller_machine_categories", "management", "responses"]
    static let managementNames: [(name: String, value: Management)] = [
        ("sign_on", .session(.signOn)), ("sign_off", .session(.signOff)), ("echo", .session(.echo)),
        ("cut_over", .cutOver), ("key_change", .keyChange),
    ]
    private static let categoryCount = 1...64

    let section: Section

    /// What is written the same in all dialects.
    func readKinds(into profile: inout NetworkProfile) {
        if let kinds = section.section("kinds") {
            kinds.lay(over: &profile.kinds, names(), "the first two digits of DE 3") { number($0, digits: 2) }
        }
        readCategories(&profile.tellerMachineCategories)
    }

    /// The rest.
    func read(into profile: inout NetworkProfile) {
        if let modes = section.section("entry_modes") {
            switch profile.dialect.edition {
            case .iso1987:
                modes.lay(over: &profile.entryModes, names(), "the first two digits of DE 22") {
                    number($0, digits: 2) == nil ? nil : $0
                }
            case .iso1993:
                modes.lay(over: &profile.entryModes, names(), "a letter or digit, position 7 of DE 22") {
                    $0.utf8.count == 1 && $0.utf8.allSatisfy(isLetterOrDigit) ? $0 : nil
                }
            }
        }
        if let management = section.section("management") {
            let expected = "three digits of DE \(profile.dialect.edition == .iso1987 ? 70 : 24)"
            management.lay(over: &profile.management, Self.managementNames, expected) { number($0, digits: 3) }
        }
        if let responses = section.section("responses") {
            ResponseSection(section: responses, spec: profile.dialect.spec(of: 39)).read(into: &profile.responses)
        }
    }

    /// In place of the standard's one.
    private func readCategories(_ categories: inout Set<Int64>) {
        section.set(&categories, "teller_machine_categories") { key in
            guard let texts = section.texts(key) else { return nil }
            let numbers = texts.compactMap { number($0, digits: 4) }
            guard Self.categoryCount.contains(texts.count), numbers.count == texts.count else {
                section.problem(key, "1 to \(Self.categoryCount.upperBound) codes of four digits are expected")
                return nil
            }
            return Set(numbers)
        }
    }
}

extension Section {
    /// Changes the codes that are stated; each is a key.
    ///
    /// - Parameter read: what the table has for a code; nil when it is none.
    func lay<Code: Hashable, Meaning>(
        over table: inout [Code: Meaning],
        _ meanings: [(name: String, value: Meaning)],
        _ expected: String,
        _ read: (String) -> Code?
    ) {
        for key in keys {
            guard let code = read(key) else {
                problem(key, "\(expected) as a text is expected as key")
                continue
            }
            if isNull(key) {
                table[code] = nil
            } else if let meaning = choice(key, among: meanings) {
                table[code] = meaning
            }
        }
    }
}

/// All of its digits count, so that no code has two spellings.
private func number(_ text: String, digits: Int) -> Int64? {
    guard text.utf8.count == digits, text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return nil }
    return Int64(text)
}

/// Of ASCII.
func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
    default: false
    }
}
