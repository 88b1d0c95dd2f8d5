/// What an account is opened as. It says what credit limit its balances may have; all else is the same for each.
package enum AccountType: UInt8, ClosedList {
    /// Holds what was loaded onto it.
    case prepaid = 1
    /// Holds what its customer has.
    case debit = 2
    /// Lends up to a limit. What is owed is posted below 0, and fundings repay it.
    case credit = 3

    /// - Parameter creditLimit: minor units; a required minimum balance is negative.
    package func allows(creditLimit: Int64) -> Bool {
        switch self {
        case .prepaid, .debit: creditLimit == 0
        case .credit: creditLimit >= 0
        }
    }
}
