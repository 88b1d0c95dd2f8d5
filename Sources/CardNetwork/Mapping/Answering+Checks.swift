import AuthorizationCore
import AuthorizationEngine
import ISO8583

extension NetworkProfile {
    /// Puts into the answer what came of the checks that its request asked for. An advice asks for none.
    ///
    /// - Parameter codes: what is said of what was verified here.
    func setChecks(of request: Message, in answer: inout Message, told codes: AnswerCodes) {
        guard !request.mustBeAccepted, !checkAnswers.isEmpty,
            let facts = RequestReader(profile: self).credentialFacts(of: request)
        else { return }
        answer.set(facts.address?.answer, by: checkAnswers.address)
        answer.set(facts.cardCode, codes.cardCode, by: checkAnswers.cardCode)
        answer.set(facts.authentication, codes.authentication, by: checkAnswers.authentication)
    }
}

extension AddressVerification {
    /// Nil when nobody asks: the network has compared by itself, or there is nothing to compare.
    fileprivate var answer: Result? { presented != nil && result == nil ? .notSupported : nil }
}

extension ProofVerification {
    /// Nil when nobody asks.
    fileprivate var answer: Result? { presence == .present && result == nil ? .notVerified : nil }
}

extension Message {
    /// - Parameter told: empty where the network has no code for it; nil when it was not verified here.
    fileprivate mutating func set(
        _ proof: ProofVerification,
        _ told: String?,
        by table: AnswerTable<ProofVerification.Result>?
    ) {
        guard proof.answer != nil, let told, let table else { return set(proof.answer, by: table) }
        if !told.isEmpty { set(told, by: table) }
    }

    fileprivate mutating func set<Meaning>(_ meaning: Meaning?, by table: AnswerTable<Meaning>?) {
        guard let meaning, let table, let code = table.codes[meaning] else { return }
        set(code, by: table)
    }

    fileprivate mutating func set<Meaning>(_ code: String, by table: AnswerTable<Meaning>) {
        let said = bytes(of: table.element) ?? []
        let offset = table.offset ?? said.count
        let before = said.prefix(offset)
        let filler = [UInt8](repeating: UInt8(ascii: " "), count: max(0, offset - before.count))
        let behind = said.dropFirst(offset + code.utf8.count)
        set(table.element, bytes: before + filler + Array(code.utf8) + behind)
    }
}
