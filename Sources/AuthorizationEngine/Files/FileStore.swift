import AuthorizationCore

/// An entry with something to say, and what its message needs.
package struct DueFileEntry: Sendable {
    package var entry: FileEntry
    /// The card's sealed number.
    package var secret: CardSecret
    /// A number for DE 11.
    package var trace: Int64
    /// The store's clock, by which entries are due.
    package var now: Instant

    package init(entry: FileEntry, secret: CardSecret, trace: Int64, now: Instant) {
        self.entry = entry
        self.secret = secret
        self.trace = trace
        self.now = now
    }
}

/// What networks are to be told of hot cards. Entries are made and changed with their cards, in the same transactions;
/// the senders of any number of processes take turns here.
package protocol FileStore: Sendable {
    /// From now on, changes of cards are kept for the network. Only an operator ends that: a process that does not know
    /// the network may run beside one that does.
    func register(_ network: String) async throws
    /// Makes the entries of the next cards of an account whose status has changed and that has more cards than the change
    /// itself could see to. False when there is none.
    func expand() async throws -> Bool
    /// Entries whose next message may leave now, those that wait the longest first.
    func due(_ network: String, limit: Int) async throws -> [DueFileEntry]
    /// Stores all but what is wanted. False when somebody else has stored it since it was read, and nothing is changed.
    func store(_ entry: FileEntry) async throws -> Bool
}
