/// The bounds of a dialect file.
enum Limits {
    /// Bytes of a file. A dialect written out in full takes 20 kB. Without aliases, which are refused, this bounds what
    /// a file becomes in memory too.
    static let fileBytes = 1 << 20

    /// Dialects in one file.
    static let dialects = 64

    /// Bytes of one text: names, summaries, tags.
    static let textBytes = 500

    /// Problems of one file that are reported; the rest is counted.
    static let problems = 200
}
