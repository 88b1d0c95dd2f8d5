import AuthorizationCore
import CardNetwork
import ISO8583

extension NetworkDefinition {
    /// The codes in force, a line for each of the file's keys.
    var codesInForce: [String] {
        let management = profile.management.compactMap { code, meaning in
            CodeSection.managementNames.first { $0.value == meaning }.map { (padded(code, 3), $0.name) }
        }
        let categories = profile.tellerMachineCategories.map { padded($0, 4) }.sorted()
        return [
            "network \(profile.name), dialect \(profile.dialect.name)",
            "  kinds: " + list(profile.kinds.map { (padded($0, 2), $1.name) }),
            "  entry_modes: " + list(profile.entryModes.map { ($0, $1.name) }),
            "  teller_machine_categories: " + categories.joined(separator: ", "),
            "  management: " + list(management),
        ] + responsesInForce + filesInForce
    }

    /// What files of cards are told, of networks that take updates.
    private var filesInForce: [String] {
        guard let files = profile.files else { return [] }
        let reasons = CardStatus.inFiles.map { status in
            let others = CardStatusReason.allCases.compactMap { reason in
                files.statedReasons[FileListing(status, reason)].map { " (\(reason.name) \($0))" }
            }
            return "\(status.name) \(files.reasons[status] ?? "-")" + others.joined()
        }
        return ["  file_updates.reasons: " + reasons.joined(separator: ", ")]
    }

    private var responsesInForce: [String] {
        let responses = profile.responses
        let codes = ResponseCode.allCases.map { "\($0.rawValue) \(responses.text(of: $0))" }
        let declines = DeclineReason.allCases.map { reason in
            let usual = responses.decline(reason, at: .pointOfSale)
            let others = AcceptanceChannel.allCases.compactMap { channel -> String? in
                let response = responses.decline(reason, at: channel)
                guard (response.code, response.retry) != (usual.code, usual.retry) else { return nil }
                return " (\(channel.codeName) \(response.code) \(response.retry.rawValue))"
            }
            return "\(reason.name) \(usual.code) \(usual.retry.rawValue)" + others.joined()
        }
        return [
            "  responses.codes: " + codes.joined(separator: ", "),
            "  responses.declines: " + declines.joined(separator: ", "),
            "  responses.advices approved: " + responses.approvals.sorted().joined(separator: ", "),
            "  responses.advices declined: " + responses.refusals.sorted().joined(separator: ", "),
        ]
    }

    private func list(_ codes: [(code: String, meaning: String)]) -> String {
        codes.sorted { $0.code < $1.code }.map { "\($0.code) \($0.meaning)" }.joined(separator: ", ")
    }

    private func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
