import ChildProcess
import Foundation
import TestSupport
import Testing

/// The vectors through the built program, as an integrator would send them.
@Suite struct `Commands for dialects and messages` {
    @Test func `describe prints each vector exactly, and encode makes its bytes again`() throws {
        var count = 0
        for (profile, vectors) in try Self.vectors("messages") {
            let packed = vectors.map { $0.packed + "\n" }.joined()
            let described = try run(["describe", "--dialect", profile, "--json"], packed)
            #expect(described.status == 0, "\(described.errors)")
            #expect(try described.messages() == vectors.map(\.message))
            let encoded = try run(["encode", "--dialect", profile], described.output)
            #expect(encoded.status == 0, "\(encoded.errors)")
            #expect(encoded.output == packed)
            count += vectors.count
        }
        #expect(count == 112)
    }

    @Test func `describe reads the edges, and encode makes what an encoder can make`() throws {
        var count = 0
        for (profile, vectors) in try Self.vectors("messages-edge") {
            let described = try run(
                ["describe", "--dialect", profile, "--json"],
                vectors.map { $0.packed + "\n" }.joined()
            )
            #expect(described.status == 0, "\(described.errors)")
            #expect(try described.messages() == vectors.map(\.message))
            let encoded = try run(["encode", "--dialect", profile], described.output).output.split(separator: "\n")
            #expect(encoded.count == vectors.count)
            for (vector, packed) in zip(vectors, encoded) where vector.decodeOnly != true {
                #expect(packed == vector.packed)
            }
            count += vectors.count
        }
        #expect(count == 44)
    }

    @Test func `describe names class, element and offset of each malformed message`() throws {
        var count = 0
        for (profile, vectors) in try Self.vectors("messages-malformed") {
            let packed = vectors.map { $0.packed + "\n" }.joined()
            let described = try run(["describe", "--dialect", profile, "--json"], packed)
            #expect(described.status == 1)
            let errors = try described.lines.map { try JSONDecoder().decode(Failure.self, from: Data($0.utf8)).error }
            #expect(errors.count == vectors.count)
            for (vector, error) in zip(vectors, errors) where vector.advisory != true {
                #expect(error.class == vector.expect?.class)
                #expect(error.element == vector.expect?.element)
                if let offset = vector.expect?.offset { #expect(error.offset == offset) }
            }
            count += vectors.count
        }
        #expect(count == 83)
    }

    @Test func `dialects load from the profiles file by name`() throws {
        let file = Self.folder.appendingPathComponent("profiles.json").path
        let checked = try run(["dialect", "check", file])
        #expect(checked.status == 0, "\(checked.errors)")
        #expect(checked.output.contains("iso93-bcd-ascii: "))
        let vector = try #require(try Self.vectors("messages")["iso93-bcd-ascii"]?.first)
        let described = try run(["describe", "--dialect", "\(file)#iso93-bcd-ascii", "--json"], vector.packed)
        #expect(try described.messages() == [vector.message])
        #expect(try run(["describe", "--dialect", "\(file)#none"]).errors.contains("there are iso87-ascii-hexbitmap"))
        #expect(try run(["describe", "--dialect", "none"]).status == 1)
        #expect(try run(["dialect", "check", "/nowhere"]).errors == "aval: /nowhere cannot be read\n")
    }

    @Test func `show prints a file that check takes, and check names all that is wrong`() throws {
        let listed = try run(["dialect", "list"])
        #expect(listed.lines.count == 7)
        let shown = try run(["dialect", "show", "iso87-ebcdic"])
        let checked = try run(["dialect", "check", "-"], shown.output)
        #expect(checked.status == 0 && checked.output.hasPrefix("iso87-ebcdic: "))
        let wrong = try run(["dialect", "check", "-"], "dialects:\n- {name: a, extends: b}\n- {name: c!}\n")
        #expect(wrong.status == 1 && wrong.output.isEmpty)
        #expect(wrong.errors.contains("-:2: dialects.a.extends: b is not possible"))
        #expect(wrong.errors.contains("-:3: dialects[2].name: 1 to 64 letters"))
    }

    @Test func `a line that is no message stops neither command`() throws {
        let vector = try #require(try Self.vectors("messages")["iso87-ascii-hexbitmap"]?.first)
        let input = ["XY", "012", String(repeating: "0", count: 200_000), "", " \(vector.packed)\r"]
        let described = try run(
            ["describe", "--dialect", "iso87-ascii-hexbitmap", "--json"],
            input.joined(separator: "\n")
        )
        #expect(described.status == 1)
        let classes = try described.lines.dropLast().map { line in
            try JSONDecoder().decode(Failure.self, from: Data(line.utf8)).error.class
        }
        #expect(classes == ["not_hex", "not_hex", "message_too_long", "truncated_data"])
        let last = try JSONDecoder().decode(Message.self, from: Data(try #require(described.lines.last).utf8))
        #expect(last == vector.message)
        let encoded = try run(
            ["encode", "--dialect", "iso87-ascii-hexbitmap"],
            """
            {"mti":"01","fields":{}}
            {"mti":"0100","fields":{"1":"x"}}
            {"mti":"0100","fields":{"4":"12X"}}
            {"mti":"0100","fields":{"52":"123"}}
            {"mti":"0100"}
            {"mti":"0100","fields":{"11":"000042"}}
            """
        )
        #expect(encoded.status == 1)
        let found = try encoded.lines.dropLast().map { line in
            let error = try JSONDecoder().decode(Failure.self, from: Data(line.utf8)).error
            return "\(error.class) \(error.element ?? "-")"
        }
        #expect(
            found == [
                "invalid_digit MTI", "unknown_element 1", "invalid_digit 4", "invalid_digit 52", "not_a_message -",
            ]
        )
        #expect(encoded.lines.last == "3031303030303230303030303030303030303030303030303432")
    }

    @Test func `each line is answered before the next one comes`() throws {
        let process = try ChildProcess(
            try TestEnvironment.value("AVAL_TEST_BINARY"),
            ["describe", "--dialect", "iso87-ebcdic", "--json"],
            input: .pipe
        )
        for count in 1...3 {
            try process.write(Array("F0\n".utf8))
            var lines: Int { process.output.split(separator: UInt8(ascii: "\n")).count }
            for _ in 0..<2_000 where lines < count { usleep(5_000) }
            #expect(lines == count)
        }
    }

    @Test func `without JSON no card number is shown`() throws {
        var count = 0
        for (profile, vectors) in try Self.vectors("messages") {
            let packed = vectors.map { $0.packed + "\n" }.joined()
            let described = try run(["describe", "--dialect", profile], packed)
            #expect(described.status == 0)
            #expect(described.lines.count == vectors.count)
            for (vector, line) in zip(vectors, described.lines) {
                #expect(line.hasPrefix(vector.mti ?? ""))
                for element in ["2", "35", "36", "45", "52"] {
                    guard let value = vector.fields?[element] else { continue }
                    #expect(!line.contains(value))
                    count += 1
                }
            }
        }
        #expect(count > 100)
    }

    private static let folder = TestEnvironment.repository.appendingPathComponent("Tests/Vectors")

    private struct Message: Decodable, Equatable {
        var mti: String
        var fields: [String: String]
    }

    private struct Failure: Decodable {
        struct Details: Decodable {
            var `class`: String
            var element: String?
            var offset: Int?
        }
        var error: Details
    }

    private struct Vector: Decodable {
        var profile: String
        var packed: String
        var mti: String?
        var fields: [String: String]?
        var decodeOnly: Bool?
        var advisory: Bool?
        var expect: Failure.Details?

        var message: Message { Message(mti: mti ?? "", fields: fields ?? [:]) }

        private enum CodingKeys: String, CodingKey {
            case profile, packed, mti, fields
            case decodeOnly = "decode_only"
            case advisory, expect
        }
    }

    /// By the dialect; one published vector names its profile in words.
    private static func vectors(_ name: String) throws -> [String: [Vector]] {
        struct File: Decodable {
            var vectors: [Vector]
        }
        let data = try Data(contentsOf: folder.appendingPathComponent("\(name).json"))
        return Dictionary(grouping: try JSONDecoder().decode(File.self, from: data).vectors) { vector in
            vector.profile.hasPrefix("iso") && !vector.profile.contains(" ") ? vector.profile : "iso87-ascii-hexbitmap"
        }
    }

    private struct Result {
        var status: Int32
        var output: String
        var errors: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }

        func messages() throws -> [Message] {
            try lines.map { try JSONDecoder().decode(Message.self, from: Data($0.utf8)) }
        }
    }

    private func run(_ arguments: [String], _ input: String = "") throws -> Result {
        let database = try SharedServer.installation.database
        let (status, output, errors) = try AvalProcess.command(arguments, on: database, input: input)
        return Result(status: status, output: output, errors: errors)
    }
}
