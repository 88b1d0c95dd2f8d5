extension Message {
    /// Track 2 (DE 35), else track 1 (DE 45); nil when neither can be read.
    package var track: Track2? {
        if let track = bytes(of: 35) { return try? Track2(track) }
        return bytes(of: 45).flatMap { try? Track2(track1: $0) }
    }

    /// The digits of DE 2, else of a track.
    package var accountNumber: ArraySlice<UInt8>? { bytes(of: 2) ?? track?.accountNumber }
}
