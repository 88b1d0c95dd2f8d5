import Foundation
import ISO8583

/// An earlier message, for those that speak of it.
struct Exchanged: Sendable {
    var sent: Message
    /// What the link calls it; nil when it was only made.
    var identifier: Int?
    var answer: Message?
}

/// Trace numbers (DE 11), 1 to 999999 and round again.
struct TraceNumbers: Sendable {
    private static let last = 999_999
    private var next: Int

    /// - Parameter first: any number; it is brought into the range.
    init(first: Int) { next = Self.inRange(first) }

    mutating func take() -> Int {
        defer { next = Self.inRange(next + 1) }
        return next
    }

    /// A stretch of its own for somebody else.
    mutating func reserve(_ count: Int) -> TraceNumbers {
        defer { next = Self.inRange(next + count) }
        return TraceNumbers(first: next)
    }

    private static func inRange(_ number: Int) -> Int {
        (number - 1).quotientAndRemainder(dividingBy: last).remainder + 1
    }
}

/// Where the places of templates take their values from.
struct Scope: Sendable {
    var variables: [String: String]
    var exchanges: [String: Exchanged] = [:]
    /// Messages of the issuer's own.
    var received: [String: Message] = [:]
    var now: Date
    var traceNumbers: TraceNumbers
    /// Of the message that is made.
    var traceNumber = 0
    var generator: SplitMix64

    /// - Throws: when an earlier message lacks what the template takes from it.
    mutating func text(_ template: Template, _ dialect: Dialect) throws(Template.Problem) -> String {
        var text = ""
        for part in template.parts {
            switch part {
            case .text(let part): text += part
            case .traceNumber: text += String(String(1_000_000 + traceNumber).suffix(6))
            case .now(let format): text += TimeFormat(format)?.text(now) ?? ""
            case .randomDigits(let count):
                for _ in 0..<count { text += String(Int.random(in: 0...9, using: &generator)) }
            case .random(let range): text += String(Int64.random(in: range, using: &generator))
            case .variable(let name): text += variables[name] ?? ""
            case .answered(let name, let element):
                guard let answer = exchanges[name]?.answer ?? received[name], let value = answer.text(element, dialect)
                else {
                    throw Template.Problem(description: "\(name) has no answer with element \(element)")
                }
                text += value
            case .sent(let name, let element):
                guard let value = exchanges[name]?.sent.text(element, dialect) else {
                    throw Template.Problem(description: "\(name) has no element \(element)")
                }
                text += value
            }
        }
        return text
    }
}
