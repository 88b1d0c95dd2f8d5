/// Whose transactions an application transaction counter counts.
package struct ChipCounterKey: Hashable, Sendable {
    package var card: CardID
    /// Index of the token in the card's place, which has a chip of its own; nil for the card.
    package var token: [UInt8]?
    /// PAN sequence number (ISO 8583 element 23, tag 5F34), 0 to 99.
    package var sequenceNumber: UInt8

    package init(card: CardID, token: [UInt8]? = nil, sequenceNumber: UInt8) {
        self.card = card
        self.token = token
        self.sequenceNumber = sequenceNumber
    }
}

/// The application transaction counters (ATC, tag 9F36) that a chip has used, so that none counts twice. A chip counts
/// upwards and never begins again; its messages may overtake one another.
package struct ChipCounter: Hashable, Sendable {
    /// How many counters below the highest are remembered.
    package static let reach = 64

    package private(set) var highest: UInt16
    /// Which of those below have been used: bit n is for `highest` − 1 − n.
    package private(set) var below: UInt64
    /// Version of the stored row, 0 before it is first written.
    package var version: Int64 = 0

    package init(highest: UInt16, below: UInt64 = 0) {
        self.highest = highest
        self.below = below
    }

    package enum Standing: Hashable, Sendable {
        case unused
        case used
        /// Below what is remembered, or what the program takes: it may have been used.
        case tooLow
        case tooHigh
    }

    package func standing(of counter: UInt16, in window: CounterWindow) -> Standing {
        guard counter <= highest else { return counter - highest <= window.ahead ? .unused : .tooHigh }
        let distance = Int(highest - counter)
        guard distance > 0 else { return .used }
        guard distance <= min(Int(window.behind), Self.reach) else { return .tooLow }
        return below >> UInt64(distance - 1) & 1 == 1 ? .used : .unused
    }

    package mutating func use(_ counter: UInt16) {
        if counter > highest {
            let distance = UInt64(counter - highest)
            below = below << distance | 1 << (distance - 1)
            highest = counter
        } else if counter < highest {
            // What is too far below to be remembered leaves no bit.
            below |= 1 << UInt64(highest - counter - 1)
        }
    }
}

/// Which counters a program takes, by their distance from the highest that was used.
package struct CounterWindow: Hashable, Sendable {
    /// How far below an unused one may be, 0 to ``ChipCounter/reach``: messages overtake one another, and what was
    /// approved offline comes late.
    package var behind: UInt8
    /// How far above, 1 or more: a card also counts what never reaches its issuer.
    package var ahead: UInt16

    package static let standard = CounterWindow(behind: 16, ahead: .max)

    package init(behind: UInt8, ahead: UInt16) {
        self.behind = behind
        self.ahead = ahead
    }
}
