/// Numbers of PostgreSQL's advisory locks, the same in every process. Each is for one matter: who waits for one lock waits
/// for all that it is for, and lanes take the one of the vault's keys.
enum AdvisoryLock: Int64 {
    /// One migration at a time.
    case migration = 0x6176_616C_0001
    /// One change of operators at a time, so that two administrators cannot revoke each other and leave nobody.
    case operators = 0x6176_616C_0002
    /// Shared by who issues cards, alone for who goes through all of them (`lock_vault_keys` of migration 0016).
    case vaultKeys = 0x6176_616C_0003
    /// One rotation of a key of the vault at a time, from its beginning to its end.
    case vaultRotation = 0x6176_616C_0004
    /// One change of programs at a time, so that no two take the same range of numbers.
    case programs = 0x6176_616C_0005
    /// One write of API keys at a time, so that two keys that change each other do not wait for each other, or revoke each
    /// other and leave a tenant without one that makes others.
    case apiKeys = 0x6176_616C_0006
    /// One order of cards is made at a time.
    case bureauOrders = 0x6176_616C_0007

    /// Waits for it, and has it to the end of the transaction.
    var inTransaction: Call {
        Call(Statement("lock_in_transaction", "SELECT pg_advisory_xact_lock($1)"), [Parameter(rawValue)])
    }
}
