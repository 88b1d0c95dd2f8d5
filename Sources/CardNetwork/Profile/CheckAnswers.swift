import AuthorizationCore

/// Where answers tell what came of checks that the request asked for. Nil: nowhere.
package struct CheckAnswers: Sendable {
    package var address: AnswerTable<AddressVerification.Result>?
    /// Of the code printed on the card (CVV2, CVC 2).
    package var cardCode: AnswerTable<ProofVerification.Result>?
    /// Of the cardholder authentication verification value of 3-D Secure (CAVV).
    package var authentication: AnswerTable<ProofVerification.Result>?

    package init() {}

    /// Whether nothing is told.
    var isEmpty: Bool { address == nil && cardCode == nil && authentication == nil }

    /// The test network's own: tags of DE 60.
    static let test: CheckAnswers = {
        var answers = CheckAnswers()
        answers.address = AnswerTable(element: 60, codes: [.notSupported: "3301S"])
        answers.cardCode = AnswerTable(element: 60, codes: [.match: "3601M", .noMatch: "3601N", .notVerified: "3601P"])
        answers.authentication = AnswerTable(
            element: 60,
            codes: [.match: "3801M", .noMatch: "3801N", .notVerified: "3801P"]
        )
        return answers
    }()
}

/// How an answer says something, and where. What has no code is not said.
package struct AnswerTable<Meaning: Hashable & Sendable>: Sendable {
    package var element: Int
    /// In the element's value, 0 or more; spaces fill what nobody says before it. Nil: behind what is there.
    package var offset: Int?
    package var codes: [Meaning: String]

    package init(element: Int, offset: Int? = nil, codes: [Meaning: String]) {
        self.element = element
        self.offset = offset
        self.codes = codes
    }
}
