import AuthorizationCore
import ISO8583

/// What an answer says of a message, apart from the reasons of a decision. Raw values are the names in files of networks.
package enum ResponseCode: String, CaseIterable, Sendable {
    case approved
    case partiallyApproved = "partially_approved"
    /// There is no reason to decline a card that was only verified.
    case verified
    case reversalAccepted = "reversal_accepted"
    case managementAccepted = "management_accepted"
    case invalidTransaction = "invalid_transaction"
    case invalidAmount = "invalid_amount"
    case unableToLocate = "unable_to_locate"
    case formatError = "format_error"
    /// A type of message that is not understood here.
    case notSupported = "not_supported"
    case issuerInoperative = "issuer_inoperative"
    case duplicateTransmission = "duplicate_transmission"
    /// The authentication code of a request is missing or wrong.
    case securityViolation = "security_violation"
    case systemMalfunction = "system_malfunction"

    /// Whether it says yes to a message. What is not found of a reversal's original is a no that moves nothing.
    package var isAcceptance: Bool {
        switch self {
        case .approved, .partiallyApproved, .verified, .reversalAccepted, .managementAccepted: true
        case .invalidTransaction, .invalidAmount, .unableToLocate, .formatError, .notSupported, .issuerInoperative,
            .duplicateTransmission, .securityViolation, .systemMalfunction:
            false
        }
    }
}

/// DE 39, as data.
package struct ResponseTable: Sendable {
    package var codes: [ResponseCode: String]
    /// What an advice's DE 39 says when the acceptor or network approved; without DE 39 they did.
    package var approvals: Set<String>
    /// What it says when they declined. Nobody knows what other codes mean.
    package var refusals: Set<String>
    package var declines: [DeclineReason: DeclineResponse]

    package func text(of code: ResponseCode) -> String { codes[code] ?? "" }

    package func decline(_ reason: DeclineReason, at channel: AcceptanceChannel) -> DeclineResponse {
        declines[reason]?.at(channel) ?? DeclineResponse(text(of: .systemMalfunction), .later)
    }

    /// Reasons that no request with a right cryptogram is declined for.
    private static let withoutCryptogram: Set<DeclineReason> = [
        .tooManyFailuresAtMerchant, .unknownIssuer, .cardNotFound, .tooManyFailures, .cryptogramMissing,
        .cryptogramIncorrect,
    ]

    /// Those of two characters that may answer a chip whose cryptogram was right, and which its terminal hands on to it.
    var codesForChips: [String] {
        let approvals = [ResponseCode.approved, .partiallyApproved, .verified].map(text(of:))
        let reasons = DeclineReason.allCases.filter { !Self.withoutCryptogram.contains($0) }
        let declines = AcceptanceChannel.allCases.flatMap { channel in
            reasons.map { decline($0, at: channel).code }
        }
        return Set(approvals + declines).filter { $0.utf8.count == 2 }.sorted()
    }

    static func standard(_ edition: Edition) -> ResponseTable {
        switch edition {
        case .iso1987: iso1987
        case .iso1993: iso1993
        }
    }

    private static let iso1987 = ResponseTable(
        codes: [
            .approved: "00", .partiallyApproved: "10", .verified: "85", .reversalAccepted: "00",
            .managementAccepted: "00", .invalidTransaction: "12", .invalidAmount: "13", .unableToLocate: "25",
            .formatError: "30", .notSupported: "40", .issuerInoperative: "91", .duplicateTransmission: "94",
            .securityViolation: "63", .systemMalfunction: "96",
        ],
        approvals: ["00", "08", "10", "11", "16", "85", "87", "Y1", "Y3"],
        refusals: Set((1...7).map { "0\($0)" } + ["12", "13", "14", "15", "1A", "N7", "Z1", "Z3"])
            .union([17...31, 33...46, 51...67, 75...84, 86...86, 88...98].joined().map(String.init)),
        declines: DeclineResponse.iso1987
    )

    private static let iso1993 = ResponseTable(
        codes: [
            .approved: "000", .partiallyApproved: "002", .verified: "000", .reversalAccepted: "400",
            .managementAccepted: "800", .invalidTransaction: "902", .invalidAmount: "110", .unableToLocate: "914",
            .formatError: "904", .notSupported: "115", .issuerInoperative: "907", .duplicateTransmission: "913",
            .securityViolation: "916", .systemMalfunction: "909",
        ],
        approvals: Set((0...99).map { String(String($0 + 1_000).dropFirst()) }),
        refusals: Set([100...299, 900...999].joined().map(String.init)),
        declines: DeclineResponse.iso1993
    )
}
