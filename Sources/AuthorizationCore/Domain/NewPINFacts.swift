/// What became of the new PIN that a request to change it brings, before any lock. Only made of a request whose present PIN
/// is right.
package enum NewPINFacts: Hashable, Sendable {
    /// This version of the card's reference was made of it: it is in force once the request is approved.
    case made(reference: Int32)
    case notMade(PINFacts.Obstacle)
}
