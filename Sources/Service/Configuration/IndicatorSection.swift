import AuthorizationCore
import CardNetwork
import ISO8583
import YAMLFiles

/// Where a network's messages say what the standard has no element for, as YAML. Each value stands in an `element`:
/// in all of it, at its `positions`, or in its `part` of that name or tag.
///
///     indicators:
///       purpose: {element: 60, part: "01", values: {"0": final, "1": pre_authorization}}
///       partial_approval: {element: 61, positions: 3-3, values: {"1": true}}
///       transaction_id: {element: 63}
///       cvv2: {element: 126, positions: 3-6}
struct IndicatorSection {
    private static let valueCount = 1...64
    private static let keys = [
        "purpose", "increment_mode", "initiator", "partial_approval", "fee_included", "instalment_funding",
        "instalment_count", "instalment_amount", "converted", "advice_reason", "transaction_id",
    ]

    let section: Section
    let dialect: Dialect

    func indicators() -> Indicators {
        var indicators = Indicators()
        section.allow(Self.keys + Self.disputeKeys + Self.credentialKeys)
        let flags = [("true", true), ("false", false)]
        indicators.purpose = table("purpose", names())
        indicators.incrementMode = table("increment_mode", names())
        indicators.initiator = table("initiator", names())
        indicators.allowsPartialApproval = table("partial_approval", flags)
        indicators.includesFee = table("fee_included", flags)
        indicators.instalmentFunding = table("instalment_funding", names())
        indicators.instalmentCount = location("instalment_count")
        indicators.instalmentAmount = location("instalment_amount")
        indicators.isConvertedByAcceptor = table("converted", flags)
        indicators.adviceReason = table("advice_reason", names())
        if section.has("instalment_funding") != section.has("instalment_count") {
            section.problem("instalment_funding", "and instalment_count only go together")
        }
        indicators.transactionID = location("transaction_id")
        return indicators
    }

    /// Where a value that is no code stands; nil without the key.
    func location(_ key: String) -> ElementLocation? {
        guard let section = section.section(key) else { return nil }
        section.allow(["element", "positions", "part"])
        return location(section)
    }

    func table<Meaning: Sendable>(_ key: String, _ meanings: [(name: String, value: Meaning)])
        -> ElementTable<Meaning>?
    {
        guard let section = section.section(key) else { return nil }
        section.allow(["element", "positions", "part", "values"])
        let location = location(section)
        guard let values = section.section("values"), Self.valueCount.contains(values.keys.count) else {
            section.problem("values", "\(Self.valueCount.lowerBound) to \(Self.valueCount.upperBound) are expected")
            return nil
        }
        let known = values.keys.compactMap { text in
            values.choice(text, among: meanings).map { (text, $0) }
        }
        return location.map { ElementTable($0, Dictionary(known) { first, _ in first }) }
    }

    func location(_ section: Section) -> ElementLocation? {
        guard let element = section.number("element", 2...ISO8583.Limits.elementNumber) else { return nil }
        guard let spec = dialect.spec(of: element) else {
            section.problem("element", "\(element) is not in the dialect")
            return nil
        }
        guard !StorageAllowList.cardData.contains(element) else {
            section.problem("element", "\(element) is card data, which is not kept")
            return nil
        }
        switch (section.has("positions"), section.has("part")) {
        case (false, false): return ElementLocation(element)
        case (true, false):
            return positions(section, maximum: Int(spec.maximum)).map { ElementLocation(element, .positions($0)) }
        case (false, true): return part(section, of: element).map { ElementLocation(element, .part($0)) }
        case (true, true):
            section.problem("part", "does not go with positions")
            return nil
        }
    }

    /// `FIRST-LAST`, counted from 1, as networks' manuals have them.
    private func positions(_ section: Section, maximum: Int) -> Range<Int>? {
        let expected = "FIRST-LAST within 1-\(maximum)"
        guard let text = section.text("positions", expected: expected) else { return nil }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard ends.count == 2, let first = ends.first, let last = ends.last, first >= 1, first <= last, last <= maximum
        else {
            section.problem("positions", "\(text.prefix(40)) is not possible; \(expected) is expected")
            return nil
        }
        return first - 1..<last
    }

    private func part(_ section: Section, of element: Int) -> String? {
        guard let part = section.text("part") else { return nil }
        guard let layout = dialect.subelements[element] else {
            section.problem("part", "the dialect gives element \(element) no subelements")
            return nil
        }
        guard layout.mayHave(part) else {
            section.problem("part", "\(part.prefix(40)) is none that the dialect's element \(element) can have")
            return nil
        }
        return part
    }
}

// MARK: - Merchant advice

extension Section {
    /// Where answers tell merchants whether to try again after a decline.
    ///
    ///     merchant_advice: {element: 44, codes: {with_changed_data: "01", later: "02", never: "03"}}
    func merchantAdvice(_ dialect: Dialect) -> MerchantAdvice? {
        allow(["element", "codes", "channels"])
        let element = number("element", 2...ISO8583.Limits.elementNumber)
        let spec = element.flatMap(dialect.spec)
        if let element, spec == nil || !dialect.mayAnswer(in: element) {
            problem("element", "\(element) is not in the dialect, or says something else")
        }
        var channels: Set<AcceptanceChannel> = [.remote]
        set(&channels, "channels") { key in
            texts(key).map { names in Set(names.compactMap { channel(key, $0) }) }
        }
        guard let codes = section("codes") else {
            problem("codes", "is missing")
            return nil
        }
        codes.allow(Retry.allCases.map(\.rawValue))
        var known: [Retry: String] = [:]
        for retry in Retry.allCases where codes.has(retry.rawValue) {
            let name = retry.rawValue
            known[retry] = codes.text(name)
            guard let text = known[retry], let spec, text.utf8.count > spec.maximum else { continue }
            codes.problem(name, "is longer than the element, \(spec.maximum)")
        }
        return element.map { MerchantAdvice(element: $0, codes: known, channels: channels) }
    }

    private func channel(_ key: String, _ name: String) -> AcceptanceChannel? {
        let channel = AcceptanceChannel.allCases.first { $0.codeName == name }
        if channel == nil {
            let names = AcceptanceChannel.allCases.map(\.codeName)
            problem(key, "\(name.prefix(40)) is none of \(names.joined(separator: ", "))")
        }
        return channel
    }
}
