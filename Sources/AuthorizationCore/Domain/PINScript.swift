/// A command that waits for a card's chip: PIN CHANGE/UNBLOCK without a PIN, which gives the tries of its own PIN back
/// (EMV Book 3, 6.5.10). It goes with the answers to the online requests of a chip that was put in: a card that was
/// tapped has gone by then.
package struct PINScript: Hashable, Sendable {
    /// Script identifier (tag 9F18): when it was asked for, in seconds since 1970. A chip's results name it.
    package var identifier: UInt32
    /// With the answers to how many of the chip's requests it went.
    package var sends: UInt8 = 0
    /// ATC of the request that it was last an answer to; nil before it was sent.
    package var counter: UInt16?

    package init(askedFor time: Instant) { identifier = UInt32(truncatingIfNeeded: time.microseconds / 1_000_000) }

    package init(identifier: UInt32, sends: UInt8, counter: UInt16?) {
        self.identifier = identifier
        self.sends = sends
        self.counter = counter
    }
}

/// What a terminal tells of one script (tag 9F5B, issuer script results). Nobody has signed it: a terminal that lies
/// keeps a script from being sent again, and no more.
package struct ScriptReport: Hashable, Sendable {
    /// The upper half of byte 1.
    package enum Result: UInt8, ClosedList {
        /// The card did not get it.
        case notPerformed = 1
        case failed = 2
        case successful = 3
    }

    /// Bytes 2 to 5, the script's identifier.
    package var identifier: UInt32
    package var result: Result

    package init(identifier: UInt32, result: Result) {
        self.identifier = identifier
        self.result = result
    }
}
