/// What an exception's message moves as far as it tells, seen from the customer's account.
package struct ToldMovement: Hashable, Sendable {
    /// Above 0.
    package var amount: Money
    package var direction: Transfer.Direction
    /// Whether the network has moved it, and not only a hold.
    package var isPosted: Bool
}

extension ExceptionMessage {
    /// The network that sent it; empty for a client's.
    package var network: String {
        switch self {
        case .advice(let advice): advice.request.network
        // The key of a network's message begins with the network's name.
        case .reversal(let reversal): reversal.message.map { String($0.key.prefix { $0 != ":" }) } ?? ""
        case .clearing: ""
        }
    }

    package var card: CardID? {
        switch self {
        case .advice(let advice): advice.request.card
        case .reversal(let reversal): reversal.card
        case .clearing: nil
        }
    }

    /// The authorization that it names by its identifier.
    package var namedAuthorization: AuthorizationID? {
        switch self {
        case .advice(let advice): advice.original?.authorization
        case .reversal(let reversal): reversal.target.authorization
        case .clearing(let clearing): clearing.authorization
        }
    }

    /// - Parameter original: the authorization that it is about, if one is known.
    /// - Returns: nil when it moves nothing, or does not tell how much.
    package func told(about original: Authorization?) -> ToldMovement? {
        switch self {
        case .advice(let advice):
            let request = advice.request
            let amount = request.billing?.money ?? request.transaction
            switch request.kind.flow {
            case .none: return nil
            case .debit, .credit:
                if advice.verdict == .declined || amount.minorUnits == 0 { return original?.takenBack(to: 0) }
                if amount.currency == .none { return nil }
                let direction: Transfer.Direction = request.kind.flow == .debit ? .debit : .credit
                return ToldMovement(amount: amount, direction: direction, isPosted: request.isSingleMessage)
            }
        case .reversal(let reversal):
            return reversal.isUnclear ? nil : original?.takenBack(to: reversal.newTotal ?? 0)
        case .clearing(let clearing):
            let isCredit = original?.kind.flow == .credit
            let amount = clearing.billing ?? clearing.amount
            return ToldMovement(amount: amount, direction: isCredit ? .credit : .debit, isPosted: true)
        }
    }
}

extension AuthorizationLink {
    fileprivate var authorization: AuthorizationID? {
        switch self {
        case .authorization(let id): id
        case .message, .references: nil
        }
    }
}

extension Authorization {
    fileprivate func takenBack(to newTotal: Int64) -> ToldMovement? {
        guard newTotal >= 0, standing > newTotal else { return nil }
        return ToldMovement(
            amount: Money(standing - newTotal, approved.currency),
            direction: kind.flow == .debit ? .credit : .debit,
            isPosted: remaining == 0
        )
    }
}
