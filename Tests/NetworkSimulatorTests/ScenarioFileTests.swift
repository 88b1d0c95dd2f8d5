import Foundation
import ISO8583
import Testing

@testable import NetworkSimulator

@Suite struct `A scenario file` {
    private static let head = "name: test\ndialect: iso87-ascii-hexbitmap\n"

    private static let sealed = head + "mac: {covers: message, algorithm: retail}\nvariables: {k: ~}\n"

    /// What is wrong, and a part of what is said of it.
    private static let faults: [(String, String)] = [
        ("", "is empty"),
        ("[]", "a mapping is expected"),
        (head, "steps: a list is expected"),
        ("\(head)steps: []", "steps: 1 to 1000 are expected"),
        ("\(head)stepz: []\nsteps: [{wait_ms: 1}]", "stepz: is not known here"),
        ("dialect: morse\nname: x\nsteps: [{wait_ms: 1}]", "dialect: no such dialect"),
        ("dialect: iso87-ebcdic\nsteps: [{wait_ms: 1}]", "name: is missing"),
        ("\(head)within_ms: 600001\nsteps: [{wait_ms: 1}]", "within_ms: 600001 is not possible"),
        ("\(head)seed: -1\nsteps: [{wait_ms: 1}]", "seed: -1 is not possible"),
        ("\(head)clock: noon\nsteps: [{wait_ms: 1}]", "clock: real, or an instant"),
        ("\(head)unsolicited: maybe\nsteps: [{wait_ms: 1}]", "unsolicited: maybe is not possible"),
        ("\(head)endpoint: {port: 0}\nsteps: [{wait_ms: 1}]", "endpoint.port: 0 is not possible"),
        ("\(head)endpoint: {prot: 1}\nsteps: [{wait_ms: 1}]", "endpoint.prot: is not known here"),
        ("\(head)variables: {a b: x}\nsteps: [{wait_ms: 1}]", "variables.a b: is no name"),
        ("\(head)variables: {card.2: x}\nsteps: [{wait_ms: 1}]", "variables.card.2: is no name"),
        ("\(head)fields: {1: x}\nsteps: [{wait_ms: 1}]", "fields.1: an element from 2 to 192"),
        ("\(head)fields: {4: \"${amount}\"}\nsteps: [{wait_ms: 1}]", "fields.4: no variable is called amount"),
        ("\(head)steps: [{}]", "steps[1]: one of send, prepare"),
        ("\(head)steps: [{send: \"0100\", reverse: last}]", "steps[1]: one of send, prepare"),
        ("\(head)steps: [{send: purchase}]", "steps[1].send: purchase is not possible"),
        ("\(head)steps: [{send: \"0100\", to: me}]", "steps[1].to: is not known here"),
        ("\(head)steps: [{send: \"0110\"}]", "steps[1].expect: 0110 is an answer itself"),
        ("\(head)steps: [{send: \"0100\", fields: {129: x}}]", "steps[1].fields.129: iso87-ascii-hexbitmap has no"),
        ("\(head)steps: [{repeat: payment}]", "steps[1].repeat: no message before is called payment"),
        ("\(head)steps: [{await: payment}]", "steps[1].await: no message before is called payment"),
        ("\(head)steps: [{send: \"0100\", fields: {38: \"${p.38}\"}}]", "steps[1].fields.38: no message before"),
        ("\(head)steps: [{send: \"0100\", expect: soon}]", "steps[1].expect: soon is not possible"),
        ("\(head)steps: [{send: \"0100\", expect: {code: \"00\"}}]", "steps[1].expect.code: an element of"),
        ("\(head)steps: [{send: \"0100\", expect: {39: {is: x}}}]", "steps[1].expect.39.is: is not known here"),
        ("\(head)steps: [{send: \"0100\", expect: {39: {}}}]", "steps[1].expect.39: one of one_of, matches"),
        ("\(head)steps: [{send: \"0100\", expect: {39: {matches: \"[\"}}}]", "expect.39.matches: is no regular"),
        ("\(head)steps: [{send: \"0100\", expect: {39: {one_of: [\"${x}\"]}}}]", "expect.39.one_of: no variable"),
        ("\(head)steps: [{send: \"0100\", expect: {echoes: [1]}}]", "steps[1].expect.echoes: elements of"),
        ("\(head)steps: [{send: \"0100\", expect: {tags: {XY: a}}}]", "steps[1].expect.tags.XY: a tag in hexadecimal"),
        ("\(head)steps: [{send: \"0100\", expect: {amounts: [{type: \"02\"}]}}]", "amounts[1].amount: is missing"),
        ("\(head)steps: [{receive: \"0800\", expect: nothing}]", "steps[1].expect: elements are expected"),
        ("\(head)steps: [{receive: \"0800\", expect: {echoes: [7]}}]", "steps[1].expect: elements are expected"),
        ("\(head)steps: [{receive: \"0312\"}]", "steps[1].receive: 0312 is an answer"),
        ("\(head)steps: [{receive: \"0302\", answer: later}]", "steps[1].answer: later is not possible"),
        ("\(head)steps: [{receive: \"0302\", answer: {129: x}}]", "steps[1].answer.129: iso87-ascii-hexbitmap has no"),
        (
            "\(head)steps: [{send: \"0100\", as: p}, {receive: \"0302\", as: p}]",
            "steps[2].as: a message before is called p"
        ),
        ("\(head)steps: [{receive: \"0302\", as: u}, {repeat: u}]", "steps[2].repeat: no message before is called u"),
        ("\(head)steps: [{send: \"0100\", fields: {2: \"${u.2}\"}}]", "fields.2: no message before is called u"),
        ("\(head)mac_key: k\nsteps: [{wait_ms: 1}]", "mac_key: iso87-ascii-hexbitmap has no message authentication"),
        ("\(head)mac: {covers: all}\nsteps: [{wait_ms: 1}]", "mac.covers: all is not possible"),
        ("\(sealed)steps: [{mac_key: j}]", "steps[1].mac_key: no variable is called j"),
        ("\(sealed)steps: [{mac_key: {send: k}}]", "steps[1].mac_key.receive: is missing"),
        ("\(sealed)mac_key: {send: k, from: k}\nsteps: [{wait_ms: 1}]", "mac_key.from: is not known here"),
        ("\(sealed)key_blocks: {k: {key: k, protection: k, usage: M3, mode: C}}", "key_blocks.k: a variable has this"),
        ("\(sealed)key_blocks: {b.1: {key: k}}", "key_blocks.b.1: is no name for a variable"),
        ("\(sealed)key_blocks: {b: {key: j, protection: k, usage: M3, mode: C}}", "key_blocks.b.key: no variable"),
        ("\(sealed)key_blocks: {b: {key: k, protection: k, usage: m3, mode: C}}", "key_blocks.b.usage: 2 of 0-9 and"),
        ("\(sealed)key_blocks: {b: {key: k, protection: k, mode: C}}", "key_blocks.b.usage: is missing"),
        (
            "\(sealed)key_blocks: {b: {key: k, protection: k, usage: M3, mode: C, version: A}}",
            "key_blocks.b.version: A"
        ),
        ("\(head)steps: [{raw: xyz}]", "steps[1].raw: bytes in hexadecimal are expected"),
        ("\(head)steps: [{garbage: 0}]", "steps[1].garbage: 0 is not possible"),
        ("\(head)steps: [{garbage: 8193, longest: 8192}]", "steps[1].garbage: 8192 frames of this size at most"),
        (
            "\(head)steps: [{send: \"0100\", as: p}, {garbage: 8193, of: p}]",
            "steps[2].garbage: 8192 frames of this size at most"
        ),
        (
            "\(head)steps: [{traffic: 1, mix: [{steps: [{manage: echo, expect: later}]}]}]",
            "mix[1].steps[1].expect: an answer, or nothing"
        ),
        ("\(head)steps: [{garbage: 1, of: payment}]", "steps[1].of: no message before is called payment"),
        ("\(head)steps: [{connection: cut}]", "steps[1].connection: cut is not possible"),
        ("\(head)steps: [{advance_s: 0}]", "steps[1].advance_s: 0 is not possible"),
        ("\(head)steps: [{traffic: 1}]", "steps[1].mix: a list is expected"),
        ("\(head)steps: [{traffic: 1000001, mix: [{steps: [{manage: echo}]}]}]", "steps[1].traffic: 1000001 is not"),
        ("\(head)steps: [{traffic: 1, mix: [{steps: [{wait_ms: 1}]}]}]", "mix[1].steps[1]: one of send, prepare"),
        ("\(head)steps: [{traffic: 1, mix: [{weight: 0, steps: [{manage: echo}]}]}]", "mix[1].weight: 0 is not"),
    ]

    @Test(arguments: faults)
    func `names what is wrong with it`(_ text: String, _ expected: String) {
        let problems = problems(text)
        #expect(problems.contains { $0.contains(expected) }, "\(problems)")
    }

    @Test func `names all that is wrong, each with its line`() {
        #expect { try read(Self.head + "clock: noon\nsteps:\n  - {send: x}\n  - {repeat: y}\n") } throws: { error in
            let lines = "\(error)".split(separator: "\n").map { $0.prefix(20) }
            return lines == ["test.yaml:3: clock: ", "test.yaml:5: steps[1", "test.yaml:6: steps[2"]
        }
    }

    @Test func `of more than its bound is not read`() {
        let text = Self.head + "# " + String(repeating: "x", count: ScenarioFile.maximumBytes)
        #expect(problems(text).contains { $0.contains("at most") })
    }

    @Test func `speaks of messages before it, in traffic of its own too`() throws {
        let steps = """
              - {send: "0100", as: payment}
              - traffic: 2
                mix: [{steps: [{send: "0100", as: own}, {reverse: own}, {repeat: payment}]}]
            """
        #expect(try scenario(steps).steps.count == 2)
        #expect(throws: (any Error).self) { try scenario(steps + "\n  - {reverse: own}") }
    }

    @Test func `that is given as an example can be read`() throws {
        let example = try read(ScenarioFile.example)
        #expect(example.name == "a first payment")
        #expect(example.variables["card.pan"] == .some(nil) && example.variables["currency"] == "978")
    }

    @Test func `of this project can be read`() throws {
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Scenarios")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(names.count >= 8)
        for name in names {
            let content = try Data(contentsOf: directory.appendingPathComponent(name))
            #expect(throws: Never.self, "\(name)") { try read(String(decoding: content, as: UTF8.self)) }
        }
    }

    @Test func `must be given what it does not say, and nothing that it does not know`() throws {
        let scenario = try scenario("  - {wait_ms: 1}", "variables: {card.pan: ~, place: Here}")
        func run(_ variables: [String: String]) throws {
            _ = try ScenarioRun(scenario, seed: 1, variables: variables) { _ in }
        }
        #expect { try run([:]) } throws: { "\($0)".contains("must be given: card.pan") }
        #expect { try run(["card.pan": "1", "pan": "1"]) } throws: { "\($0)".contains("no variable pan") }
        #expect(throws: Never.self) { try run(["card.pan": "1"]) }
    }
}
