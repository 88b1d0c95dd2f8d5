import Foundation

/// How a template shows a time, in UTC.
struct TimeFormat {
    private static let tokens = ["yyyy", "yy", "MM", "dd", "HH", "mm", "ss"]

    private let tokens: [String]

    /// Nil for anything but tokens one after the other.
    init?(_ text: String) {
        var tokens: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            guard let token = Self.tokens.first(where: { rest.hasPrefix($0) }) else { return nil }
            tokens.append(token)
            rest = rest.dropFirst(token.count)
        }
        self.tokens = tokens
    }

    func text(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        return tokens.map { token in
            let value =
                switch token {
                case "yyyy", "yy": parts.year
                case "MM": parts.month
                case "dd": parts.day
                case "HH": parts.hour
                case "mm": parts.minute
                default: parts.second
                }
            return String(("0000" + String(value ?? 0)).suffix(token.count))
        }.joined()
    }
}
