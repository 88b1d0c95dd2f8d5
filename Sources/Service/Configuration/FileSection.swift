import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import CardNetwork
import ISO8583
import YAMLFiles

/// How a network takes updates of its file of hot cards.
///
///     file_updates:
///       file: HOTCARDS
///       institution: "123456"
///       reason_element: 120
///       reasons: {blocked: {usual: "62", confirmed_fraud: "59"}, lost: "41", stolen: "43", closed: "46"}
///       answers: {accepted: ["00", "26"], absent: ["25"], busy: ["28", "91", "96"]}
///       outstanding: 8
///       repeat: {first_ms: 60000, longest_ms: 900000}
struct FileSection {
    private static let reasonBytes = 16
    /// The code for a status whose reason is not told or has no code of its own.
    private static let usual = "usual"

    let section: Section

    /// Nil, with a problem, when the network's dialect cannot carry the message.
    func rules(of profile: NetworkProfile) -> FileRules? {
        section.allow(["file", "institution", "reason_element", "reasons", "answers", "outstanding", "repeat"])
        guard let file = section.text("file", expected: "a name of 1 to 17 characters, DE 101") else { return nil }
        var rules = FileRules(file: file, edition: profile.dialect.edition, responses: profile.responses)
        if section.has("institution") {
            rules.institution = section.text("institution", expected: "1 to 11 digits, DE 33")
        }
        if section.has("reason_element") { rules.reasonElement = section.number("reason_element", 2...128) }
        readReasons(&rules)
        readAnswers(&rules)
        section.set(&rules.outstandingLimit, "outstanding") { section.number($0, 1...256) }
        section.read(&rules.repetition, "repeat", first: 1...3_600_000, longest: 1...86_400_000)
        if let problem = rules.problem(in: profile) {
            section.problem("does not fit into the dialect's messages: \(problem)")
            return nil
        }
        return rules
    }

    private func readReasons(_ rules: inout FileRules) {
        guard let reasons = section.section("reasons") else { return }
        reasons.allow(CardStatus.inFiles.map(\.name))
        for status in CardStatus.inFiles where reasons.has(status.name) {
            if reasons.isScalar(status.name) {
                if let code = code(status.name, of: reasons) { rules.reasons[status] = code }
                continue
            }
            guard let codes = reasons.section(status.name) else { continue }
            let known = status.isHot ? CardStatusReason.allCases.filter(status.allows) : []
            codes.allow([Self.usual] + known.map(\.name))
            if codes.has(Self.usual), let code = code(Self.usual, of: codes) { rules.reasons[status] = code }
            for reason in known where codes.has(reason.name) {
                rules.statedReasons[FileListing(status, reason)] = code(reason.name, of: codes)
            }
        }
    }

    private func code(_ key: String, of codes: Section) -> String? {
        let expected = "a text of 1 to \(Self.reasonBytes) characters"
        guard let code = codes.text(key, expected: expected) else { return nil }
        guard code.utf8.count <= Self.reasonBytes else {
            codes.problem(key, "\(expected) is expected")
            return nil
        }
        return code
    }

    private func readAnswers(_ rules: inout FileRules) {
        guard let answers = section.section("answers") else { return }
        let meanings: [(name: String, meaning: FileAnswer)] = [
            ("accepted", .accepted), ("absent", .absent), ("busy", .busy),
        ]
        answers.allow(meanings.map(\.name))
        for (name, meaning) in meanings where answers.has(name) {
            guard let codes = answers.texts(name) else { continue }
            rules.meanings = rules.meanings.filter { $0.value != meaning }
            for code in codes { rules.meanings[code] = meaning }
        }
    }
}
