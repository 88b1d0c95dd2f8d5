/// A list of the domain that is complete: each case has a number for journal and tables, and a name for people.
///
/// Numbers are never reused or changed, because journaled bytes hold them.
package protocol ClosedList: RawRepresentable, CaseIterable, Hashable, Sendable where RawValue == UInt8 {}

extension ClosedList {
    /// The case's name in snake case, as the HTTP API writes it.
    package var name: String {
        var name = ""
        for character in String(describing: self) {
            if character.isUppercase { name += "_" }
            name += character.lowercased()
        }
        return name
    }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}
