import ArgumentParser
import Foundation
import ISO8583

/// Standard input a line at a time, in memory for one line only.
struct LineStream {
    enum Line {
        /// Without its end.
        case text(String)
        /// Was longer than ``maximumBytes`` and is skipped.
        case tooLong
    }

    /// The longest message as JSON, each of its bytes escaped as `\u00E9`, and keys for all elements.
    static let maximumBytes = 6 * Limits.messageBytes + 8_192

    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    /// The next line, or nil at the end. An empty line is a line; nothing after the last line's end is none.
    mutating func next() throws -> Line? {
        var isTooLong = false
        while true {
            if let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) {
                return take(upTo: end, isTooLong)
            }
            if isAtEnd {
                guard start < buffer.count || isTooLong else { return nil }
                buffer.append(UInt8(ascii: "\n"))
                continue
            }
            if buffer.count - start > Self.maximumBytes {
                isTooLong = true
                start = buffer.count
            }
            buffer.removeFirst(start)
            start = 0
            isAtEnd = try !fill()
        }
    }

    /// Takes what has come, without waiting for more than something; false at the end. `FileHandle` would wait for all
    /// that was asked for, and whoever waits for an answer would wait for ever.
    private mutating func fill() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(STDIN_FILENO, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Settings.Problem(description: "standard input cannot be read") }
            buffer += chunk[..<count]
            return count > 0
        }
    }

    private mutating func take(upTo end: Int, _ isTooLong: Bool) -> Line {
        let line = buffer[start..<end]
        start = end + 1
        guard !isTooLong, line.count <= Self.maximumBytes else { return .tooLong }
        let isSpace: (UInt8) -> Bool = {
            $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t")
        }
        let trimmed = line.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        return .text(String(decoding: Array(trimmed), as: UTF8.self))
    }
}

/// Answers each line of standard input with one line, at once, so that a program can talk with the command.
///
/// - Throws: status 1 when the dialect is none, when standard input cannot be read, or after the last line when one of
///   them had no answer.
func answerLines(
    dialect: String,
    _ answer: (String, Dialect) throws(LineError) -> String,
    failure: (LineError) -> String
) throws {
    do {
        let dialect = try Dialect(argument: dialect)
        try answerLines({ (line) throws(LineError) in try answer(line, dialect) }, failure: failure)
    } catch let code as ExitCode {
        throw code
    } catch {
        throw fail("\(error)")
    }
}

/// The same without a dialect.
func answerLines(_ answer: (String) throws(LineError) -> String, failure: (LineError) -> String) throws {
    var isComplete = true
    var lines = LineStream()
    while let line = try lines.next() {
        do throws(LineError) {
            switch line {
            case .text(let text): announce(try answer(text))
            case .tooLong:
                throw LineError(
                    class: DecodeError.Class.messageTooLong.rawValue,
                    message: "the line has more than \(LineStream.maximumBytes) bytes"
                )
            }
        } catch {
            isComplete = false
            announce(failure(error))
        }
    }
    guard isComplete else { throw ExitCode.failure }
}
