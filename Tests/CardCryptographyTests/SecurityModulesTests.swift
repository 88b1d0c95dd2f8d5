import CardCryptography
import Testing

@Suite struct `A key of cards is used in the module that` {
    private static func name(_ text: String) throws -> KeyName { try #require(KeyName(text)) }

    private static func module(_ names: String...) throws -> SoftwareHSM {
        SoftwareHSM(
            Dictionary(
                uniqueKeysWithValues: try names.map {
                    (try name($0), try Key(random: .tripleDES, length: 16, usage: .cardVerification))
                }
            )
        )
    }

    @Test func `holds it, the one for cards first`() throws {
        let (payment, cards) = (try Self.module("both", "payment"), try Self.module("both", "cards"))
        let modules = SecurityModules(payment, cards: cards)
        for (text, holder) in [("both", cards), ("cards", cards), ("payment", payment)] {
            let name = try Self.name(text)
            #expect(modules.holds(name) && modules.holder(of: name) as? SoftwareHSM === holder, "\(text)")
        }
        // Which says that nobody has it.
        let none = try Self.name("none")
        #expect(!modules.holds(none) && modules.holder(of: none) as? SoftwareHSM === payment)
    }

    @Test func `there is`() throws {
        let payment = try Self.module("cvk")
        #expect(SecurityModules(payment).holder(of: try Self.name("cvk")) as? SoftwareHSM === payment)
    }
}
