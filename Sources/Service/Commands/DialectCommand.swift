import ArgumentParser
import DialectFiles
import Foundation
import ISO8583

struct DialectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dialect",
        abstract: "Look at dialects of ISO 8583: the built-in ones and those of files.",
        subcommands: [Check.self, List.self, Show.self]
    )

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Verify a dialect file and explain what it says.",
            discussion: """
                Prints each dialect's form and rules, and where it differs from what it extends. Exits with status 1 \
                and all problems, each with line and key, when something is wrong. `dialect show` shows the keys.
                """
        )

        @Argument(help: "A file of dialects in YAML or JSON, `-` for standard input.")
        var file: String

        func run() throws {
            do {
                for entry in try DialectFile.load(contentsOf: file) { announce(entry.explanation) }
            } catch {
                throw fail("\(error)")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the built-in dialects."
        )

        func run() {
            for dialect in Dialect.builtIn { announce("\(dialect.name)  \(dialect.summary)") }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Print a dialect as a dialect file.",
            discussion: "All keys are written out; a file of your own may extend a dialect and say what differs."
        )

        @Argument(help: "A built-in dialect, or FILE#NAME.")
        var dialect: String

        func run() throws {
            do {
                let text = DialectFile.text(of: try Dialect(argument: dialect))
                FileHandle.standardOutput.write(Data(text.utf8))
            } catch {
                throw fail("\(error)")
            }
        }
    }
}

extension Dialect {
    /// A dialect as commands name it: `NAME` is built in, `FILE#NAME` is of a file.
    init(argument: String) throws {
        guard let mark = argument.lastIndex(of: "#") else {
            guard let dialect = Dialect.named(argument) else {
                let names = Dialect.builtIn.map(\.name).joined(separator: ", ")
                throw Settings.Problem(description: "no dialect \(argument); there are \(names), and FILE#NAME")
            }
            self = dialect
            return
        }
        let file = String(argument[..<mark])
        let name = argument[argument.index(after: mark)...]
        let dialects = try DialectFile.load(contentsOf: file).map(\.dialect)
        guard let dialect = dialects.first(where: { $0.name == name }) else {
            let names = dialects.map(\.name).joined(separator: ", ")
            throw Settings.Problem(description: "no dialect \(name) in \(file); there are \(names)")
        }
        self = dialect
    }
}

extension DialectFile {
    /// Reads a file, or standard input for `-`, and no more of it than a dialect file can have.
    fileprivate static func load(contentsOf path: String) throws -> [Entry] {
        guard let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path) else {
            throw Settings.Problem(description: "\(path) cannot be read")
        }
        var content = Data()
        do {
            while content.count <= Self.maximumBytes, let part = try handle.read(upToCount: 1 << 16), !part.isEmpty {
                content += part
            }
        } catch {
            throw Settings.Problem(description: "\(path) cannot be read")
        }
        return try self.load([UInt8](content), file: path)
    }
}
