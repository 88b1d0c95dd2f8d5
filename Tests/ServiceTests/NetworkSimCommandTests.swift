import Testing

@testable import Service

@Suite struct `A variable of the command line` {
    @Test(arguments: [
        ("currency=978", "currency", "978"), ("place=", "place", ""), ("text=a=b", "text", "a=b"),
        ("card.pan=9900000000000002", "card.pan", "9900000000000002"),
        ("track=9900000000000010=30122011234", "track", "9900000000000010=30122011234"),
    ])
    func `is a name and a value`(_ argument: String, _ name: String, _ value: String) throws {
        let variable = try NetworkSimCommand.variable(argument)
        #expect(variable.name == name && variable.value == value)
    }

    @Test(arguments: [
        "", "=", "currency", "=978", "=4111111111111111", "4111111111111111", "pan=4111111111111111",
        "pan=9900000000000010 4111111111111111",
    ])
    func `that is none or holds a card number is refused, and its value not told`(_ argument: String) {
        #expect { try NetworkSimCommand.variable(argument) } throws: { error in
            !"\(error)".contains("4111") && "\(error)".contains("--var")
        }
    }
}
