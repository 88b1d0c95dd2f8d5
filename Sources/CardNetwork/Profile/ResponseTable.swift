import AuthorizationCore
import ISO8583

/// What an answer says of a message, apart from the reasons of a decision.
package enum ResponseCode: CaseIterable, Sendable {
    case approved
    case partiallyApproved
    /// There is no reason to decline a card that was only verified.
    case verified
    case reversalAccepted
    case managementAccepted
    case invalidTransaction
    case invalidAmount
    case unableToLocate
    case formatError
    /// A type of message that is not understood here.
    case notSupported
    case issuerInoperative
    case duplicateTransmission
    /// The authentication code of a request is missing or wrong.
    case securityViolation
    case systemMalfunction
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
