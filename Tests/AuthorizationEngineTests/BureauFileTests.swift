import AuthorizationCore
import CardCryptography
import Testing

@testable import AuthorizationEngine

/// What a bureau gets of each card.
@Suite struct BureauFileTests {
    private static func digits(_ text: String) throws -> SecretDigits {
        try #require(SecretDigits(ascii: Array(text.utf8), counts: 3...3))
    }

    private static func card(
        _ values: EmbossedValues?,
        _ name: String? = nil,
        _ versions: [String] = []
    ) throws -> BureauFile.Card {
        var instance = CardInstance(
            sequenceNumber: 1,
            expiry: try #require(ExpiryMonth(year: 2029, month: 4)),
            validUntil: .distantFuture,
            serviceCode: 21,
            active: true
        )
        instance.keyVersions = versions.compactMap { StoredKeyVersion($0) }
        let pan = try #require(PAN(ascii: Array("4000000000000002".utf8)))
        return BureauFile.Card(
            id: CardID(high: 1, low: 2),
            instance: instance,
            pan: pan,
            values: values,
            name: name.flatMap(EmbossedName.init)
        )
    }

    @Test func `a line tells the order, and one each card, with codes where the program has a key`() throws {
        let order = BureauOrder(
            number: 7,
            program: ProgramID(high: 3, low: 4),
            cardCount: 2,
            state: .made,
            madeAt: .distantPast,
            stateSince: .distantPast
        )
        let values = EmbossedValues(
            stripe: try Self.digits("123"),
            chip: try Self.digits("456"),
            printed: try Self.digits("089")
        )
        let named = try Self.card(values, "ANA O'NEIL", ["cvk.1", "imk.2"])
        let file = BureauFile(order, [named, try Self.card(nil)])
        let text = file.content.withExposedBytes { String(decoding: $0, as: UTF8.self) }
        let start =
            #"{"card_id":"crd_00000000000000010000000000000002","sequence_number":1,"pan":"4000000000000002","#
            + #""expiry":"2904","service_code":"021","#
        #expect(
            text == #"{"format":"aval-bureau-order","version":3,"order":7,"#
                + #""program_id":"prg_00000000000000030000000000000004","cards":2}"# + "\n"
                + start + #""cvv":"123","icvv":"456","cvv2":"089","name":"ANA O'NEIL","#
                + #""key_versions":["cvk.1","imk.2"]}"# + "\n"
                + start + #""cvv":null,"icvv":null,"cvv2":null,"name":null,"key_versions":[]}"# + "\n"
        )
        #expect(!"\(file)".contains("4000000000000002") && !String(reflecting: file).contains("123"))
    }
}
