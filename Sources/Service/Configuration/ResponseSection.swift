import AuthorizationCore
import CardNetwork
import ISO8583
import YAMLFiles

/// What DE 39 says, laid over the standard's codes.
///
///     codes: {format_error: "30"}
///     declines: {expiry_mismatch: {code: "54", retry: never, channels: {ecommerce: {retry: with_changed_data}}}}
///     advices: {"85": approved, "N7": declined, "08": ~}
struct ResponseSection {
    let section: Section
    /// Of DE 39.
    let spec: ElementSpec?

    func read(into responses: inout ResponseTable) {
        section.allow(["codes", "declines", "advices"])
        if let codes = section.section("codes") { read(codes, into: &responses.codes) }
        if let declines = section.section("declines") { read(declines, into: &responses) }
        if let advices = section.section("advices") { read(advices, verdicts: &responses) }
        check(responses)
    }

    private func read(_ codes: Section, into known: inout [ResponseCode: String]) {
        codes.allow(ResponseCode.allCases.map(\.rawValue))
        for code in ResponseCode.allCases where codes.has(code.rawValue) {
            if let text = text(codes, code.rawValue) { known[code] = text }
        }
    }

    /// What an entry states holds for all channels, but for those that it names.
    private func read(_ declines: Section, into responses: inout ResponseTable) {
        declines.allow(DeclineReason.allCases.map(\.name))
        for reason in DeclineReason.allCases {
            guard let entry = declines.section(reason.name) else { continue }
            entry.allow(["code", "retry", "channels"])
            var response = responses.declines[reason] ?? responses.decline(reason, at: .pointOfSale)
            change(&response, as: entry, at: AcceptanceChannel.allCases)
            if let channels = entry.section("channels") {
                channels.allow(AcceptanceChannel.allCases.map(\.codeName))
                for channel in AcceptanceChannel.allCases {
                    guard let exception = channels.section(channel.codeName) else { continue }
                    exception.allow(["code", "retry"])
                    change(&response, as: exception, at: [channel])
                }
            }
            responses.declines[reason] = response
        }
    }

    private func change(_ response: inout DeclineResponse, as entry: Section, at channels: [AcceptanceChannel]) {
        let code = entry.has("code") ? text(entry, "code") : nil
        let retry: Retry? = entry.has("retry") ? entry.choice("retry") : nil
        for channel in channels { response.change(at: channel, code: code, retry: retry) }
    }

    /// What an advice says of the decision that was taken elsewhere.
    private func read(_ advices: Section, verdicts responses: inout ResponseTable) {
        var isApproval = Dictionary(responses.refusals.map { ($0, false) }) { first, _ in first }
        for code in responses.approvals { isApproval[code] = true }
        advices.lay(over: &isApproval, [("approved", true), ("declined", false)], expected) { isCode($0) ? $0 : nil }
        responses.approvals = Set(isApproval.filter(\.value).keys)
        responses.refusals = Set(isApproval.filter { !$0.value }.keys)
    }

    /// A no that says yes, or the reverse, would be money that the network lets go and nobody holds.
    private func check(_ responses: ResponseTable) {
        let said = ResponseCode.allCases.filter(\.isAcceptance).map(responses.text)
        let approvals = responses.approvals.union(said)
        for code in ResponseCode.allCases {
            let text = responses.text(of: code)
            guard (code.isAcceptance ? responses.refusals : approvals).contains(text) else { continue }
            section.problem(
                "codes",
                "\(code.rawValue) is \(text), which \(code.isAcceptance ? "declines" : "approves")"
            )
        }
        if responses.text(of: .partiallyApproved) == responses.text(of: .approved) {
            section.problem("codes", "partially_approved is the code of approved")
        }
        for reason in DeclineReason.allCases {
            let codes = Set(AcceptanceChannel.allCases.map { responses.decline(reason, at: $0).code })
            for code in codes.intersection(approvals).sorted() {
                section.problem("declines", "\(reason.name) is \(code), which approves")
            }
        }
    }

    private func text(_ section: Section, _ key: String) -> String? {
        guard let text = section.text(key, expected: expected) else { return nil }
        guard isCode(text) else {
            section.problem(key, "\(text.prefix(40)) is not possible; \(expected) is expected")
            return nil
        }
        return text
    }

    private var expected: String {
        let characters = spec?.content == .numeric ? "digits" : "letters and digits"
        return "a code of \(spec?.maximum ?? 0) \(characters), DE 39,"
    }

    private func isCode(_ text: String) -> Bool {
        guard let spec, text.utf8.count == Int(spec.maximum) else { return false }
        return text.utf8.allSatisfy(isLetterOrDigit) && (spec.content != .numeric || Int(text) != nil)
    }
}

extension AcceptanceChannel {
    /// The name in networks' files, among their codes.
    var codeName: String {
        switch self {
        case .pointOfSale, .tellerMachine: name
        case .remote: "ecommerce"
        }
    }
}
