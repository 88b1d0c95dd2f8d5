import AuthorizationCore
import ISO8583

extension NetworkProfile {
    /// Puts into the answer what came of the checks that its request asked for. An advice asks for none.
    ///
    /// - Parameter cardCode: what is said of the code printed on the card, or nothing; nil when it was not verified here.
    func setChecks(of request: Message, in answer: inout Message, cardCode: String?) {
        guard !request.mustBeAccepted, checkAnswers.address != nil || checkAnswers.cardCode != nil,
            let facts = RequestReader(profile: self).credentialFacts(of: request)
        else { return }
        answer.set(facts.address?.answer, by: checkAnswers.address)
        guard facts.cardCode.answer != nil, let cardCode, let table = checkAnswers.cardCode else {
            return answer.set(facts.cardCode.answer, by: checkAnswers.cardCode)
        }
        if !cardCode.isEmpty { answer.set(cardCode, by: table) }
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
