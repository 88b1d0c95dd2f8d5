import Foundation
import TestSupport
import Testing

/// Keys by the command line.
@Suite struct KeyCommandTests {
    @Test func `components come from different operators, and another one than who began approves`() throws {
        let world = try KeyWorld()
        #expect(
            try world.bringPart(0, of: "zmk", usage: "K0", by: world.ada, checkValue: "000000").errors.contains(
                "check_value_mismatch"
            )
        )
        #expect(try world.bringPart(0, of: "zmk", usage: "K0", by: world.ada).status == 0)
        #expect(try world.bringPart(1, of: "zmk", usage: "K0", by: world.ada).errors.contains("brought a component"))
        let early = try world.keys("approve", "zmk", "--check-value", "08D7B4", by: world.bob)
        #expect(early.errors.contains("not one version waits"))
        #expect(try world.bringPart(1, of: "zmk", usage: "K0", by: world.bob).status == 0)
        #expect(try world.states("zmk") == ["pending"])
        for (key, checkValue, problem) in [
            (world.ada, "08D7B4", "another operator must"), (world.bob, "08D7B5", "check_value_mismatch"),
        ] {
            let refused = try world.keys("approve", "zmk", "--check-value", checkValue, by: key)
            #expect(refused.status == 1 && refused.errors.contains(problem), "\(refused)")
        }
        #expect(try world.states("zmk") == ["pending"])
        #expect(try world.keys("approve", "zmk", "--check-value", "08D7B4", by: world.bob).status == 0)
        #expect(try world.states("zmk") == ["active"])
    }

    @Test func `operators who bring components at the same moment complete the key`() async throws {
        let world = try KeyWorld()
        let cleo = try world.administered.addOperator("cleo", "operator")
        let bring: @Sendable (Int, String) throws -> (status: Int32, output: String, errors: String) = { index, key in
            try world.bringPart(index, from: KeyWorld.threeParts, of: "zmk", usage: "K0", by: key)
        }
        #expect(try bring(0, world.ada).status == 0)
        let told = try await world.administered.installation.database.meeting(of: 2, at: "key_components") {
            async let second = onOwnThread { try bring(1, world.bob).output }
            async let third = onOwnThread { try bring(2, cleo).output }
            return try await second + third
        }
        #expect(told.contains("component 2 of 3") && told.contains("component 3 of 3"), "\(told)")
        #expect(try world.keys("approve", "zmk", "--check-value", "08D7B4", by: world.bob).status == 0)
        #expect(try world.states("zmk") == ["active"])
    }

    @Test func `a component of another length than the first, or than the usage has, is refused at once`() throws {
        let world = try Self.shared.get()
        let long = (digits: "3C5A96E10F2D4B78879B1E2F60C4D135D2A4683D81F0975E", checkValue: "15F766")
        let parts = [KeyWorld.parts[0], long]
        #expect(try world.bringPart(0, of: "lengths", usage: "K0", by: world.ada).status == 0)
        let refused = try world.bringPart(1, from: parts, of: "lengths", usage: "K0", by: world.bob)
        #expect(refused.status == 1 && refused.errors.contains("key_components: the components"), "\(refused)")
        #expect(try world.bringPart(1, of: "lengths", usage: "K0", by: world.bob).status == 0)
        let first = try world.bringPart(1, from: parts, of: "cvk-lengths", usage: "C0", by: world.ada)
        #expect(first.status == 1 && first.errors.contains("key_length"), "\(first)")
        #expect(try world.keys("show", "cvk-lengths").errors.contains("there is no key"))
    }

    @Test(arguments: [
        ("C0", "G", "both"), ("C0", "V", "both"), ("C0", "G", "outgoing"), ("V2", "G", "both"), ("E0", "C", "both"),
        ("K0", "E", "both"),
    ])
    func `a key block whose mode of use cannot do the usage's work is not imported`(
        _ usage: String,
        _ mode: String,
        _ direction: String
    ) throws {
        let world = try Self.protected.get()
        let block = try world.block(of: KeyWorld.key, under: KeyWorld.key, usage: usage, mode: mode)
        let name = "\(usage)-\(mode)-\(direction)".lowercased()
        let refused = try world.keys(
            [
                "import", name, "--usage", usage, "--direction", direction, "--block", "-", "--protected-by", "zmk",
                "--check-value", KeyWorld.checkValue,
            ],
            input: block
        )
        #expect(refused.status == 1 && refused.errors.contains("key_mode"), "\(refused)")
        #expect(try world.keys("show", name).errors.contains("there is no key"))
    }

    private static let protected = Result {
        let world = try KeyWorld()
        try world.importParts(of: "zmk", usage: "K0")
        return world
    }

    @Test func `a key block is taken under its protection key, for the usage that it is bound to`() throws {
        let world = try KeyWorld()
        let aes = ["--algorithm", "aes", "--length", "32"]
        #expect(try world.keys("create", "kbpk", "--usage", "K1", aes[0], aes[1], aes[2], aes[3]).status == 0)
        let made = try world.keys(
            "create",
            "mac",
            "--usage",
            "M3",
            "--network",
            "blue",
            "--algorithm",
            "tdes",
            "--wrapped-by",
            "kbpk"
        )
        let lines = made.output.split(separator: "\n").map(String.init)
        let checkValue = try #require(lines.last?.split(separator: " ").last.map(String.init))
        let block = try #require(lines.first)
        #expect(block.hasPrefix("D") && block.dropFirst(5).hasPrefix("M3TC"))
        var altered = Array(block)
        altered[20] = altered[20] == "0" ? "1" : "0"
        for (usage, checkValue, text, problem) in [
            ("M1", checkValue, block, "key_usage"), ("M3", "000000", block, "check_value_mismatch"),
            ("M3", checkValue, String(altered), "mac_mismatch"), ("M3", checkValue, "D00", "this is no key block"),
        ] {
            let refused = try world.keys(
                "import",
                "copy",
                "--usage",
                usage,
                "--block",
                "-",
                "--protected-by",
                "kbpk",
                "--check-value",
                checkValue,
                input: text
            )
            #expect(refused.status == 1 && refused.errors.contains(problem), "\(refused)")
        }
        let arguments = [
            "copy", "--usage", "M3", "--block", "-", "--protected-by", "kbpk", "--check-value", checkValue,
        ]
        // The other side has wrapped it under the version before.
        #expect(try world.keys("rotate", "kbpk").status == 0)
        let database = world.administered.installation.database
        let settings = ["AVAL_OPERATOR_KEY": world.ada]
        let taken = try AvalProcess.command(
            ["keys", "import"] + arguments,
            on: database,
            settings: settings,
            input: block
        )
        #expect(taken.status == 0, "\(taken)")
        #expect(try world.keys("approve", "copy", "--check-value", checkValue).errors.contains("another operator must"))
        let late = try world.administered.addOperator("late", "operator")
        let refused = try world.keys("approve", "copy", "--check-value", checkValue, by: late)
        #expect(refused.errors.contains("before you were an operator"))
        #expect(try world.keys("approve", "copy", "--check-value", checkValue, by: world.bob).status == 0)
        #expect(try world.keys("list").output.components(separatedBy: checkValue).count == 3)
        #expect(try world.keys("retire", "kbpk").status == 0)
        let over = try world.keys(["import"] + arguments, input: block)
        #expect(over.status == 1 && over.errors.contains("mac_mismatch"), "\(over)")
    }

    @Test func `a key that its protection cannot wrap is not made`() throws {
        let world = try KeyWorld()
        let short = try world.keys("create", "zmk", "--usage", "K0", "--algorithm", "tdes")
        #expect(short.status == 0, "\(short)")
        let refused = try world.keys(
            "create",
            "pin",
            "--usage",
            "P0",
            "--algorithm",
            "aes",
            "--length",
            "32",
            "--wrapped-by",
            "zmk"
        )
        #expect(refused.status == 1 && refused.output.isEmpty, "\(refused)")
        #expect(try world.keys("show", "pin").errors.contains("there is no key pin"))
    }

    @Test func `a name with a card number in it is no key's`() throws {
        let world = try KeyWorld()
        let (name, refusal) = ("mac-4000000000000002", "aval: expected is a name without a card number\n")
        let refused = try world.keys("create", name, "--usage", "P0", "--algorithm", "tdes")
        #expect(refused.status == 1 && refused.errors == refusal, "\(refused)")
        let part = try world.bringPart(0, of: name, usage: "K0", by: world.ada)
        #expect(part.status == 1 && part.errors.contains(refusal), "\(part)")
        #expect(try world.keys("show", name).errors.contains("there is no key"))
    }

    @Test(arguments: [
        ("C0", "aes", "16"), ("C0", "tdes", "24"), ("V1", "aes", "16"), ("V2", "aes", "32"), ("E0", "aes", "16"),
        ("E4", "tdes", "24"), ("M3", "aes", "16"),
    ])
    func `a key that nothing can be computed with is not made`(
        _ usage: String,
        _ algorithm: String,
        _ length: String
    ) throws {
        let world = try Self.shared.get()
        let refused = try world.keys(
            "create",
            "k",
            "--usage",
            usage,
            "--algorithm",
            algorithm,
            "--length",
            length
        )
        #expect(refused.status == 1 && refused.errors.contains("no key of this usage has this algorithm"), "\(refused)")
        #expect(try world.keys("show", "k").errors.contains("there is no key k"))
    }

    private static let shared = Result { try KeyWorld() }

    @Test func `a network that the configuration does not have is told`() throws {
        let world = try Self.shared.get()
        for (network, words) in [
            ("nosuch", "no network of the configuration is called nosuch; there is test"), ("test", ""),
        ] {
            let made = try world.keys(
                "create",
                "mac-\(network)",
                "--usage",
                "M3",
                "--algorithm",
                "tdes",
                "--network",
                network
            )
            #expect(made.status == 0 && (words.isEmpty ? made.errors.isEmpty : made.errors.contains(words)), "\(made)")
        }
    }

    @Test func `versions follow each other, and two operators destroy one`() throws {
        let world = try KeyWorld()
        #expect(try world.keys("create", "pin", "--usage", "P0", "--algorithm", "aes").status == 0)
        #expect(try world.keys("rotate", "pin").status == 0)
        #expect(try world.states("pin") == ["active", "previous"])
        #expect(try world.keys("rotate", "pin", "--grace", "5").status == 0)
        #expect(try world.states("pin") == ["active", "previous", "previous"])
        #expect(try world.keys("retire", "pin").errors.contains("not one version is previous: name a --version"))
        #expect(try world.keys("retire", "pin", "--version", "1").status == 0)
        #expect(try world.keys("retire", "pin").status == 0)
        #expect(try world.keys("destroy", "pin", "--version", "3").errors.contains("is active: retire it first"))
        #expect(try world.keys("destroy", "pin", "--version", "1").status == 0)
        let checkValue = try #require(
            try world.administered.installation.database.texts(
                "SELECT encode(check_value, 'hex') FROM key_versions WHERE version = 1"
            ).first
        )
        let approval = ["approve", "pin", "--check-value", checkValue]
        #expect(try world.keys(approval[0], approval[1], approval[2], approval[3]).errors.contains("another operator"))
        let late = try world.administered.addOperator("late", "operator")
        let refused = try world.keys(approval[0], approval[1], approval[2], approval[3], by: late)
        #expect(refused.errors.contains("before you were an operator"))
        #expect(try world.states("pin") == ["active", "retired", "retired"])
        #expect(try world.keys(approval[0], approval[1], approval[2], approval[3], by: world.bob).status == 0)
        #expect(try world.states("pin") == ["active", "retired", "destroyed"])
        let left = "SELECT count(*)::text FROM key_versions WHERE version = 1 AND key_block IS NOT NULL"
        #expect(try world.administered.installation.database.texts(left) == ["0"])
    }

    @Test func `an end that nobody may approve is proposed anew, and needs two operators all the same`() throws {
        let world = try KeyWorld()
        #expect(try world.bringPart(0, of: "zmk", usage: "K0", by: world.ada).status == 0)
        let end = ["destroy", "zmk", "--version", "1"]
        let approval = ["approve", "zmk", "--check-value", KeyWorld.checkValue]
        #expect(try world.keys(end).status == 0)
        let late = try world.administered.addOperator("late", "operator")
        // Who proposes the end, if anybody, who then approves it, and what that is told.
        for (proposer, approver, problem) in [
            (nil, late, "have an end proposed again"), (world.ada, world.ada, "another operator must"),
            (world.bob, world.bob, "another operator must"), (late, late, "another operator must"),
            (world.ada, late, nil),
        ] as [(String?, String, String?)] {
            if let proposer { #expect(try world.keys(end, by: proposer).status == 0) }
            let approved = try world.keys(approval, by: approver)
            #expect(approved.status == (problem == nil ? 0 : 1), "\(approved)")
            if let problem { #expect(approved.errors.contains(problem), "\(approved)") }
        }
        // So ends an import that none may approve, or bring a component to.
        #expect(try world.states("zmk") == ["destroyed"])
        #expect(try world.bringPart(0, of: "zmk", usage: "K0", by: late).status == 0)
        #expect(try world.states("zmk") == ["pending", "destroyed"])
    }

    @Test(arguments: [
        ("V2", "PINs that were set under it are not verified until they are set anew"),
        ("C0", "what its cards have on the stripe"), ("E0", "what the chips of its cards compute is not verified"),
        ("E2", "which they do not obey"),
    ])
    func `versions that cards live with stay until an operator retires them, who is told what that does`(
        _ usage: String,
        _ loss: String
    ) throws {
        let world = try Self.shared.get()
        let name = usage.lowercased()
        #expect(try world.keys("create", name, "--usage", usage, "--algorithm", "tdes").status == 0)
        let refused = try world.keys("rotate", name, "--grace", "0")
        #expect(
            refused.status == 1 && refused.errors.contains("--grace is not for keys of usage \(usage)"),
            "\(refused)"
        )
        let part = KeyWorld.parts[0]
        let parts = ["--component", "-", "--component-check-value", part.checkValue, "--components", "2"]
        let imported = try world.keys(
            ["import", name, "--usage", usage, "--algorithm", "tdes", "--check-value", "08D7B4", "--grace", "5"]
                + parts,
            input: part.digits
        )
        #expect(imported.status == 1 && imported.errors.contains("--grace is not for keys"), "\(imported)")
        for _ in 1...2 { #expect(try world.keys("rotate", name).status == 0) }
        #expect(try world.states(name) == ["active", "previous", "previous"])
        #expect(try world.keys("show", name).output.contains("taken until it is retired"))
        let asked = try world.keys("retire", name, "--version", "1")
        #expect(asked.status == 1 && asked.errors.contains("without \(name) version 1 ") && asked.errors.contains(loss))
        #expect(try world.states(name) == ["active", "previous", "previous"])
        #expect(try world.keys("retire", name, "--version", "1", "--ends-cards").status == 0)
        #expect(try world.states(name) == ["active", "previous", "retired"])
    }

    @Test func `nothing is changed by a reader, and what was done is recorded without a key`() throws {
        let world = try KeyWorld()
        let reader = try world.administered.addOperator("rita", "reader")
        let refused = try world.keys("create", "k", "--usage", "P0", "--algorithm", "tdes", by: reader)
        #expect(refused.errors.contains("rita has the role reader"))
        for index in 0...1 {
            _ = try world.bringPart(index, of: "zmk", usage: "K0", by: index == 0 ? world.ada : world.bob)
        }
        _ = try world.keys("approve", "zmk", "--check-value", "08D7B4", by: world.bob)
        let actions = try world.administered.aval("operator", "actions").output
        for line in [
            "ada  key.import  ", "bob  key.add_component", "bob  key.approve_import", "usage K0, check value 08D7B4",
        ] { #expect(actions.contains(line), "\(line) in \(actions)") }
        let stored = try world.administered.installation.database.texts(
            """
            SELECT convert_from(key_block, 'UTF8') FROM key_versions
            UNION ALL SELECT encode(key_block, 'hex') FROM key_components WHERE key_block IS NOT NULL
            """
        )
        let shown = actions + (try world.keys("show", "zmk").output) + stored.joined()
        #expect(stored.count == 1 && stored[0].hasPrefix("D"))
        for secret in KeyWorld.parts.map(\.digits) + ["0123456789ABCDEFFEDCBA9876543210"] {
            #expect(!shown.contains(secret))
        }
    }
}
