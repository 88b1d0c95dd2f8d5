/// The bounds of a dialect file.
enum Limits {
    /// Bytes of a file. A dialect written out in full takes 20 kB.
    static let fileBytes = 1 << 20

    /// Dialects in one file.
    static let dialects = 64
}
