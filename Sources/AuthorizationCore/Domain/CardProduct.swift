/// A kind of card that a program issues.
package struct CardProduct: Hashable, Sendable {
    /// What one card may spend in one currency.
    package struct Limits: Hashable, Sendable {
        package var currency: Currency
        /// Largest billing amount of one payment, in minor units.
        package var transaction: Int64
        /// Largest sum of billing amounts on one day of the program's time zone, in minor units.
        package var daily: Int64

        package init(currency: Currency, transaction: Int64, daily: Int64) {
            self.currency = currency
            self.transaction = transaction
            self.daily = daily
        }
    }

    /// `CardProduct.isName`; each once in a program.
    package var name: String
    package var form: CardForm
    /// How often its cards pay in all, within `CardTerms.useLimits`, unless one is issued for another number; nil for no
    /// limit.
    package var useLimit: Int32?
    /// In the place of the program's; each currency once. An account needs a balance in one of them; where there are
    /// none, in any.
    package var limits: [Limits]

    package init(name: String, form: CardForm, useLimit: Int32? = nil, limits: [Limits] = []) {
        self.name = name
        self.form = form
        self.useLimit = useLimit
        self.limits = limits
    }

    /// 1 to 15 of `a` to `z`, `0` to `9` and `-`: so short because each card carries it.
    package static func isName(_ text: String) -> Bool {
        text.utf8.count <= 15 && IssuingTerms.isNetworkName(text)
    }
}
