import AuthorizationCore

/// Whether the merchant may try again. Raw values are the names in files of networks.
package enum Retry: String, CaseIterable, Sendable {
    case never
    case later
    /// With other card data or another amount.
    case withChangedData = "with_changed_data"
}

/// What a decline says to the network: DE 39, and whether to try again.
package struct DeclineResponse: Hashable, Sendable {
    package var code: String
    package var retry: Retry
    /// Channels where it says something else.
    private var exceptions: [AcceptanceChannel: DeclineResponse] = [:]

    package init(_ code: String, _ retry: Retry, except exceptions: [AcceptanceChannel: DeclineResponse] = [:]) {
        self.code = code
        self.retry = retry
        self.exceptions = exceptions
    }

    package func at(_ channel: AcceptanceChannel) -> DeclineResponse { exceptions[channel] ?? self }

    /// Says something else in a channel; nil leaves the code or the retry as it is.
    package mutating func change(at channel: AcceptanceChannel, code: String?, retry: Retry?) {
        let old = at(channel)
        exceptions[channel] = DeclineResponse(code ?? old.code, retry ?? old.retry)
    }
}

extension DeclineResponse {
    /// ISO 8583:1987. Each reason has its own code where the standard has one; 05 is used for none of them. A date that
    /// was typed wrong can be mended, one on a card's own stripe or chip cannot.
    static let iso1987: [DeclineReason: DeclineResponse] = [
        .tooManyFailuresAtMerchant: DeclineResponse("59", .later),
        .unknownIssuer: DeclineResponse("15", .never),
        .cardNotFound: DeclineResponse("14", .never),
        .networkNotAllowed: DeclineResponse("15", .never),
        .reversedBeforeArrival: DeclineResponse("12", .never),
        .advisedBeforeArrival: DeclineResponse("94", .never),
        .cardLost: DeclineResponse("41", .never),
        .cardStolen: DeclineResponse("43", .never),
        .cardInactive: DeclineResponse("78", .later),
        .cardFrozen: DeclineResponse("62", .later),
        .cardBlocked: DeclineResponse("62", .never),
        .cardClosed: DeclineResponse("46", .never),
        .tokenSuspended: DeclineResponse("62", .later),
        .tokenDeleted: DeclineResponse("62", .never),
        .tokenOfOtherCard: DeclineResponse("14", .never),
        .cardUsedUp: DeclineResponse("65", .never),
        .expiryMismatch: mendable("54"),
        .cardExpired: mendable("54"),
        .accountFrozen: DeclineResponse("62", .later),
        .accountClosed: DeclineResponse("46", .never),
        .kindNotAllowed: DeclineResponse("57", .never),
        .originalNotFound: DeclineResponse("25", .never),
        .originalDiffers: DeclineResponse("12", .never),
        .currencyNotConvertible: DeclineResponse("57", .never),
        .chargesOutOfRange: DeclineResponse("57", .never),
        .entryModeNotAllowed: DeclineResponse("58", .withChangedData),
        .proofNotAllowed: DeclineResponse("58", .withChangedData),
        .linkMissing: DeclineResponse("12", .withChangedData),
        .tooManyFailures: DeclineResponse("59", .later),
        .pinTriesExceeded: DeclineResponse("75", .later),
        .pinMissing: DeclineResponse("55", .withChangedData),
        .pinIncorrect: DeclineResponse("55", .withChangedData),
        .pinNotVerified: DeclineResponse("86", .later),
        .newPinMissing: DeclineResponse("12", .withChangedData),
        .newPinNotUsable: DeclineResponse("86", .withChangedData),
        .cardValueMissing: DeclineResponse("82", .withChangedData),
        .cardValueIncorrect: DeclineResponse("82", .never),
        .cardCodeMissing: DeclineResponse("N7", .withChangedData),
        .cardCodeIncorrect: DeclineResponse("N7", .withChangedData),
        .cryptogramMissing: DeclineResponse("82", .withChangedData),
        .cryptogramIncorrect: DeclineResponse("82", .never),
        .counterReplayed: DeclineResponse("82", .never),
        .chipDataDiffers: DeclineResponse("82", .never),
        .authenticationMissing: DeclineResponse("1A", .withChangedData),
        .authenticationIncorrect: DeclineResponse("82", .withChangedData),
        .notVerifiable: DeclineResponse("88", .later),
        .pinNeededContactless: DeclineResponse("1A", .withChangedData),
        .fallbackLimitExceeded: DeclineResponse("61", .withChangedData),
        .transactionLimitExceeded: DeclineResponse("61", .withChangedData),
        .cashbackLimitExceeded: DeclineResponse("61", .withChangedData),
        .dailyLimitExceeded: DeclineResponse("61", .later),
        .insufficientFunds: DeclineResponse("51", .later),
    ]

    /// ISO 8583:1993, action codes of three digits.
    static let iso1993: [DeclineReason: DeclineResponse] = [
        .tooManyFailuresAtMerchant: DeclineResponse("102", .later),
        .unknownIssuer: DeclineResponse("908", .never),
        .cardNotFound: DeclineResponse("111", .never),
        .networkNotAllowed: DeclineResponse("908", .never),
        .reversedBeforeArrival: DeclineResponse("902", .never),
        .advisedBeforeArrival: DeclineResponse("913", .never),
        .cardLost: DeclineResponse("208", .never),
        .cardStolen: DeclineResponse("209", .never),
        .cardInactive: DeclineResponse("125", .later),
        .cardFrozen: DeclineResponse("104", .later),
        .cardBlocked: DeclineResponse("104", .never),
        .cardClosed: DeclineResponse("104", .never),
        .tokenSuspended: DeclineResponse("104", .later),
        .tokenDeleted: DeclineResponse("104", .never),
        .tokenOfOtherCard: DeclineResponse("111", .never),
        .cardUsedUp: DeclineResponse("123", .never),
        .expiryMismatch: mendable("101"),
        .cardExpired: mendable("101"),
        .accountFrozen: DeclineResponse("104", .later),
        .accountClosed: DeclineResponse("114", .never),
        .kindNotAllowed: DeclineResponse("119", .never),
        .originalNotFound: DeclineResponse("914", .never),
        .originalDiffers: DeclineResponse("902", .never),
        .currencyNotConvertible: DeclineResponse("119", .never),
        .chargesOutOfRange: DeclineResponse("119", .never),
        .entryModeNotAllowed: DeclineResponse("120", .withChangedData),
        .proofNotAllowed: DeclineResponse("120", .withChangedData),
        .linkMissing: DeclineResponse("902", .withChangedData),
        .tooManyFailures: DeclineResponse("102", .later),
        .pinTriesExceeded: DeclineResponse("106", .later),
        .pinMissing: DeclineResponse("112", .withChangedData),
        .pinIncorrect: DeclineResponse("117", .withChangedData),
        .pinNotVerified: DeclineResponse("126", .later),
        .newPinMissing: DeclineResponse("902", .withChangedData),
        .newPinNotUsable: DeclineResponse("126", .withChangedData),
        .cardValueMissing: DeclineResponse("129", .withChangedData),
        .cardValueIncorrect: DeclineResponse("129", .never),
        .cardCodeMissing: DeclineResponse("122", .withChangedData),
        .cardCodeIncorrect: DeclineResponse("122", .withChangedData),
        .cryptogramMissing: DeclineResponse("129", .withChangedData),
        .cryptogramIncorrect: DeclineResponse("129", .never),
        .counterReplayed: DeclineResponse("129", .never),
        .chipDataDiffers: DeclineResponse("129", .never),
        .authenticationMissing: DeclineResponse("122", .withChangedData),
        .authenticationIncorrect: DeclineResponse("122", .withChangedData),
        .notVerifiable: DeclineResponse("909", .later),
        .pinNeededContactless: DeclineResponse("112", .withChangedData),
        .fallbackLimitExceeded: DeclineResponse("121", .withChangedData),
        .transactionLimitExceeded: DeclineResponse("121", .withChangedData),
        .cashbackLimitExceeded: DeclineResponse("121", .withChangedData),
        .dailyLimitExceeded: DeclineResponse("121", .later),
        .insufficientFunds: DeclineResponse("116", .later),
    ]

    private static func mendable(_ code: String) -> DeclineResponse {
        DeclineResponse(code, .never, except: [.remote: DeclineResponse(code, .withChangedData)])
    }
}

/// What an answer tells the merchant after a decline, beside DE 39.
package struct MerchantAdvice: Sendable {
    package var element: Int
    package var codes: [Retry: String]
    /// Where a merchant can follow it.
    package var channels: Set<AcceptanceChannel>

    package init(element: Int, codes: [Retry: String], channels: Set<AcceptanceChannel>) {
        self.element = element
        self.codes = codes
        self.channels = channels
    }

    /// The test network's own: DE 44 (additional response data).
    static let test = MerchantAdvice(
        element: 44,
        codes: [.withChangedData: "01", .later: "02", .never: "03"],
        channels: [.remote]
    )
}
