import ISO8583
import YAMLFiles

extension Section {
    /// Element numbers and ranges of them, such as `[2, 3, 32-37]`.
    func elements(_ key: String) -> ElementSet? {
        guard let texts = self.texts(key) else { return nil }
        var set = ElementSet()
        for text in texts {
            let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard ends.count < 3, let first = ends.first, let last = ends.last, first >= 2, first <= last,
                last <= ISO8583.Limits.elementNumber
            else {
                self.problem(key, "\(text.prefix(40)) is not an element number or range within 2-192")
                return nil
            }
            for element in first...last { set.insert(element) }
        }
        return set
    }
}
