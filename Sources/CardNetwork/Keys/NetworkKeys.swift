import AuthorizationEngine
import CardCryptography

/// Which stored keys a network's messages need, and how the network changes them.
package struct NetworkKeys: Sendable {
    package enum Purpose: Sendable {
        /// DE 64 and 128.
        case mac
        /// DE 52.
        case pin
    }

    package struct Working: Hashable, Sendable {
        package var name: KeyName
        package var purpose: Purpose
        package var direction: KeyDirection

        package init(_ name: KeyName, _ purpose: Purpose, _ direction: KeyDirection) {
            self.name = name
            self.purpose = purpose
            self.direction = direction
        }
    }

    /// Of each purpose one for both directions, or one for each.
    package var working: [Working]
    /// Nil: the network cannot change them.
    package var change: KeyChange?
    /// Of DE 52 where it has 8 bytes: 0, 1 or 3. A block of 16 bytes is of format 4.
    package var pinFormat = PINBlockFormat.format0

    package init(working: [Working], change: KeyChange? = nil) {
        self.working = working
        self.change = change
    }

    package func names(_ purpose: Purpose, _ direction: KeyDirection) -> [KeyName] {
        working.filter { $0.purpose == purpose && ($0.direction == .both || $0.direction == direction) }.map(\.name)
    }

    package var allNames: [KeyName] { working.map(\.name) + (change.map { [$0.protection] } ?? []) }
}

/// How a network changes a working key: 0800 with a TR-31 key block.
package struct KeyChange: Sendable {
    /// The key (K0 or K1) that protects the block.
    package var protection: KeyName
    /// Where the block is.
    package var location: ElementLocation
    /// Where the new key's check value is, in hexadecimal digits; nil: only where the block itself tells it.
    package var checkValue: ElementLocation?
    /// How long the old key is still taken.
    package var grace: Duration = .seconds(600)
    /// When and how we ask for a new key; nil: never.
    package var request: KeyRequestRules? = KeyRequestRules()

    package init(protection: KeyName, location: ElementLocation) {
        self.protection = protection
        self.location = location
    }
}

/// When a session asks for a new key.
package struct KeyRequestRules: Sendable {
    /// DE 70 of the request (1993: DE 24); nil: 161 (811).
    package var code: Int64?
    /// Whether the network's answer has the key; else it comes in a message of its own.
    package var isAnsweredWithKey = false
    /// Messages in a row whose codes are missing or wrong, or PINs in a row that no key opens.
    package var failures = 3
    /// Between two requests while nothing gets better.
    package var repetition = Backoff(first: .seconds(30), longest: .seconds(900))

    package init() {}
}
