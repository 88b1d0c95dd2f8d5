import AuthorizationCore

extension Settings {
    /// For how long holds stand that nothing settles.
    func holdLifetimes() throws -> HoldLifetimes {
        var lifetimes = HoldLifetimes()
        lifetimes.finalAmount = UInt16(clamping: try number(.holdFinalDays))
        lifetimes.preAuthorization = UInt16(clamping: try number(.holdPreAuthorizationDays))
        lifetimes.uncertain = UInt16(clamping: try number(.holdUncertainDays))
        lifetimes.instalment = UInt16(clamping: try number(.holdInstalmentDays))
        return lifetimes
    }
}

extension Setting {
    private static let days = 1...1_000

    static let holdFinalDays = Setting(
        key: "hold.final.days",
        kind: .number(days),
        standard: "7",
        help: "days after which a hold of a final amount ends if nothing settles it"
    )
    static let holdPreAuthorizationDays = Setting(
        key: "hold.preauthorization.days",
        kind: .number(days),
        standard: "30",
        help: "the same for a network's pre-authorizations, estimates and fuel status checks"
    )
    static let holdUncertainDays = Setting(
        key: "hold.uncertain.days",
        kind: .number(days),
        standard: "7",
        help: "days before which no hold ends whose answer may not have arrived"
    )
    static let holdInstalmentDays = Setting(
        key: "hold.instalment.days",
        kind: .number(days),
        standard: "35",
        help: "the same for each instalment of a payment that its merchant clears in parts"
    )
}
