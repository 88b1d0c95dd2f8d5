import AuthorizationCore

/// What an operator may do. Each role may also do what the ones before it may.
package enum OperatorRole: UInt8, ClosedList, Comparable {
    /// Looks at everything of every tenant.
    case reader = 1
    /// Changes accounts, cards and authorizations on a tenant's behalf.
    case `operator` = 2
    /// Makes and revokes operators and API keys.
    case administrator = 3

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What records call an operator: 1 to 64 letters, digits, `.`, `_` and `-`.
package struct OperatorName: Hashable, Sendable, CustomStringConvertible {
    /// Stands in records for what was done before there was an operator, so nobody is called so.
    package static let setup = "setup"

    private static let characters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-".utf8)

    package let description: String

    package init?(_ text: String) {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.characters.contains), text != Self.setup
        else { return nil }
        description = text
    }
}

/// Somebody who runs Aval, proven by a key of their own.
package struct Operator: Hashable, Sendable {
    package var id: OperatorID
    package var name: OperatorName
    package var role: OperatorRole

    package init(id: OperatorID, name: OperatorName, role: OperatorRole) {
        self.id = id
        self.name = name
        self.role = role
    }

    package var actor: CommandActor { .operator(id, name) }
}

/// Who had a command carried out, over HTTP or by command line.
package enum CommandActor: Hashable, Sendable {
    case apiKey(APIKeyID)
    case `operator`(OperatorID, OperatorName)
}
