import ISO8583

/// Refuses a name with a card number in it: names are listed, and recorded for ever. Older releases took any, so only new
/// ones are asked.
func refuseCardNumber(in newName: some CustomStringConvertible) throws(Settings.Problem) {
    guard newName.description.holdsCardNumber else { return }
    throw Settings.Problem(description: "expected is a name without a card number")
}
