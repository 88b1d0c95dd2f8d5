import AuthorizationCore

/// Where a network's messages say what the standard has no element for. Nil: the network does not say it, and the
/// default counts.
package struct Indicators: Sendable {
    /// Default: final.
    package var purpose: ElementTable<Purpose>?
    /// Of increments. Default: delta.
    package var incrementMode: ElementTable<Increment.Mode>?
    /// Default: the cardholder.
    package var initiator: ElementTable<Initiator>?
    /// Whether the acceptor can go on with less than it asks for. Default: no.
    package var allowsPartialApproval: ElementTable<Bool>?
    /// Whether DE 4 contains the fee of DE 28. Default: no.
    package var includesFee: ElementTable<Bool>?
    /// Who funds a payment in instalments. Default: it is none.
    package var instalmentFunding: ElementTable<Instalments.Funding>?
    /// How many instalments, as digits.
    package var instalmentCount: ElementLocation?
    /// The amount of each, as digits in the network's minor units of the transaction's currency.
    package var instalmentAmount: ElementLocation?
    /// Whether the acceptor converted the amount into the cardholder's currency. Default: no.
    package var isConvertedByAcceptor: ElementTable<Bool>?
    /// Default: completion of what a financial advice names, else other.
    package var adviceReason: ElementTable<AdviceReason>?
    /// The network's transaction identifier.
    package var transactionID: ElementLocation?

    package init() {}

    /// The test network's own: DE 60 is made of two-digit tags and lengths, DE 63 is the transaction identifier.
    static let test: Indicators = {
        var indicators = Indicators()
        indicators.purpose = ElementTable(
            ElementLocation(60, .part("01")),
            [
                "0": .final, "1": .preAuthorization, "2": .increment, "3": .estimated, "4": .statusCheck, "5": .noShow,
                "6": .delayedCharge, "7": .resubmission, "8": .deferred,
            ]
        )
        indicators.incrementMode = ElementTable(ElementLocation(60, .part("02")), ["1": .cumulative, "2": .delta])
        indicators.initiator = ElementTable(ElementLocation(60, .part("03")), ["1": .cardholder, "2": .merchant])
        indicators.allowsPartialApproval = ElementTable(ElementLocation(60, .part("04")), ["0": false, "1": true])
        indicators.includesFee = ElementTable(ElementLocation(60, .part("05")), ["0": false, "1": true])
        indicators.adviceReason = ElementTable(
            ElementLocation(60, .part("06")),
            [
                "1": .standIn, "2": .offlineApproval, "3": .completion, "4": .fuelCompletion, "5": .partialDispense,
                "6": .other,
            ]
        )
        indicators.instalmentFunding = ElementTable(ElementLocation(60, .part("07")), ["1": .merchant, "2": .issuer])
        indicators.instalmentCount = ElementLocation(60, .part("08"))
        indicators.instalmentAmount = ElementLocation(60, .part("09"))
        indicators.isConvertedByAcceptor = ElementTable(ElementLocation(60, .part("10")), ["0": false, "1": true])
        indicators.transactionID = ElementLocation(63)
        return indicators
    }()
}
