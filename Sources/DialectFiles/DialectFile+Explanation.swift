import ISO8583

extension DialectFile.Entry {
    /// What the dialect is, for the person who writes it: its form in words, then each line in which it differs from
    /// what it extends.
    package var explanation: String {
        let dialect = self.dialect
        let extends = self.extended.map { ", extends \($0.name)" } ?? ""
        return
            (["\(dialect.name)\(extends): \(dialect.summary)"] + dialect.formInWords + dialect.rulesInWords
            + self.differences).joined(separator: "\n  ")
    }

    private var differences: [String] {
        guard let extended = self.extended else { return [] }
        // The description is the first line of the explanation.
        let lines = self.dialect.lines.filter { $0.key != "description" }
        let oldLines = extended.lines.filter { $0.key != "description" }
        let old = Dictionary(oldLines.map { ($0.path, $0.value) }) { first, _ in first }
        let changed = lines.filter { old[$0.path] != $0.value }.map { line in
            "    \(line.path): \(line.value)" + (old[line.path].map { "    (was \($0))" } ?? "")
        }
        let paths = Set(lines.map(\.path))
        let removed = oldLines.filter { !paths.contains($0.path) }.map { "    \($0.path): ~" }
        guard !changed.isEmpty || !removed.isEmpty else { return ["the same as \(extended.name)"] }
        return ["differs from \(extended.name) in"] + changed + removed
    }
}

extension Dialect {
    fileprivate var formInWords: [String] {
        [
            "framing: \(self.framing.inWords)",
            "MTI \(self.messageTypeEncoding.rawValue); up to \(self.maximumBitmaps) bit maps, "
                + "\(self.bitmapEncoding.rawValue); EBCDIC in code page \(self.codePage.name)",
            "\(self.defined.count) elements (ISO 8583:\(self.edition.rawValue)): \(self.defined.ranges)",
            self.fallback == nil
                ? "a message with any other element is refused"
                : "any other element is read as: \(self.lines.first { $0.key == "fallback" }?.value ?? "")",
            "divided inside: \(ElementSet(self.subelements.keys).ranges)",
            self.mac.map { "MAC: \($0.algorithm.rawValue), \($0.length) bytes, in element 64 or 128" } ?? "no MAC",
        ]
    }

    fileprivate var rulesInWords: [String] {
        let exponents = self.exponentOverrides.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        let refusal =
            switch self.refusal {
            case .issuerInoperative: "answered 91 (1993: 907)"
            case .silence: "not answered"
            }
        return [
            "a request is known by its MTI and elements \(self.requestKey.ranges); "
                + "network-sim knows its answer by \(self.responseKey.ranges)",
            "the network waits \(self.deadline.milliseconds) ms; decided within \(self.answerTime.milliseconds) ms",
            "\(self.isSignOnRequired ? "sign-on required" : "no sign-on needed"); what cannot be decided is \(refusal)",
            "a reversal of an unknown original is answered \(self.reportsUnknownOriginal ? "25" : "00")",
            "currency exponents: \(exponents.isEmpty ? "ISO 4217's" : exponents.joined(separator: ", "))",
        ]
            + self.rules.map { rule in
                let echoed = rule.echoed.isEmpty ? "" : "; echoes \(rule.echoed.ranges)"
                let optional = rule.conditional.subtracting(rule.mandatory).ranges
                return "\(rule.messageType): needs \(rule.mandatory.ranges)\(echoed); may have \(optional)"
            }
    }
}

extension FrameFormat {
    fileprivate var inWords: String {
        let counted = self.includesItself ? " counting itself" : ""
        let filler = self.fillerBytes == 0 ? "" : ", \(self.fillerBytes) filler bytes"
        let header =
            switch self.routing {
            case .none: "no header"
            case .tpdu: "TPDU, destination and source swapped in the answer"
            case .visa: "Visa header, stations swapped in the answer"
            }
        return "\(self.length.rawValue) length\(counted)\(filler), \(header), at most \(self.limit) bytes"
    }
}
