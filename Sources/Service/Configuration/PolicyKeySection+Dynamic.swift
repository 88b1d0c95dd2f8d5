import AuthorizationCore
import YAMLFiles

/// What contactless cards put into their track data anew for each payment, and where. The positions of a dCVV are
/// counted from 1 in the issuer's data of track 2; those of a CVC3 are the cards' own bitmaps (tags 9F65, 9F66, 9F67).
///
///     dynamic: {method: dcvv, key: acme-imk-dn, value: 6-8, counter: 9-12}
///     dynamic: {method: cvc3, key: acme-imk-dn, pcvc3: "0038", punatc: "03C6", natc: 4}
extension PolicyKeySection {
    private enum DynamicMethod: String, CaseIterable {
        case dcvv
        case cvc3
    }

    func dynamicValue(_ section: Section) -> DynamicValueVerification? {
        section.allow([
            "method", "key", "value", "counter", "pcvc3", "punatc", "natc", "derivation", "counters",
        ])
        guard let method: DynamicMethod = section.choice("method"), let key = name(section, "key"),
            let layout = layout(method, section)
        else { return nil }
        var derivation = ChipVerification.Derivation.optionA
        section.set(&derivation, "derivation") { section.listed($0) }
        let usual = DynamicValueVerification.usualCounters
        let window = section.section("counters").map { counters($0, usual: usual) } ?? usual
        let found = DynamicValueVerification(layout, key: key, derivation: derivation, counters: window)
        if found == nil {
            section.problem(
                "counters",
                "behind and ahead reach counters with the same \(layout.counterDigits) last digits"
            )
        }
        return found
    }

    private func layout(_ method: DynamicMethod, _ section: Section) -> DynamicValueVerification.Layout? {
        switch method {
        case .dcvv:
            refuse(["pcvc3", "punatc", "natc"], section)
            let (value, counter) = (offset("value", of: 3, section), offset("counter", of: 4, section))
            guard let value, let counter else { return nil }
            guard value + 3 <= counter || counter + 4 <= value else {
                section.problem("counter", "has positions of the value")
                return nil
            }
            return .dcvv(value: value, counter: counter)
        case .cvc3:
            refuse(["value", "counter"], section)
            let (value, numbers) = (bits("pcvc3", section), bits("punatc", section))
            guard let value, let numbers, let digits = section.number("natc", 3...5) else { return nil }
            let layout = CVC3Layout(value: value, numbers: numbers, counterDigits: UInt8(digits))
            if layout == nil {
                section.problem("punatc", "goes with no card that has these pcvc3 and natc")
            }
            return layout.map { .cvc3($0) }
        }
    }

    private func refuse(_ keys: [String], _ section: Section) {
        for key in keys where section.has(key) { section.problem(key, "is of another method") }
    }

    /// Digits before the first of `FIRST-LAST`.
    private func offset(_ key: String, of count: Int, _ section: Section) -> UInt8? {
        let expected = "FIRST-LAST, \(count) digits of the first 20"
        guard let text = section.text(key, expected: expected) else { return nil }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard ends.count == 2, let first = ends.first, let last = ends.last, (1...17).contains(first),
            last == first + count - 1
        else {
            section.problem(key, "\(text.prefix(40)) is not possible; \(expected) is expected")
            return nil
        }
        return UInt8(first - 1)
    }

    private func bits(_ key: String, _ section: Section) -> UInt16? {
        let expected = "four hexadecimal digits"
        guard let text = section.text(key, expected: expected) else { return nil }
        let bits = text.utf8.count == 4 && text.utf8.allSatisfy(isLetterOrDigit) ? UInt16(text, radix: 16) : nil
        if bits == nil { section.problem(key, "\(expected) are expected") }
        return bits
    }
}
