import AuthorizationCore
import CardCryptography

/// The content of an order's file: JSON, a line for the order and one for each card. It is secret, and is encrypted before
/// it goes anywhere.
package struct BureauFile: Sendable {
    /// Grows with each change of the lines.
    package static let version = 3

    package struct Card: Sendable {
        package var id: CardID
        package var instance: CardInstance
        package var pan: PAN
        /// Nil where the program has no key for them.
        package var values: EmbossedValues?
        /// Nil where the card names nobody.
        package var name: EmbossedName?

        package init(id: CardID, instance: CardInstance, pan: PAN, values: EmbossedValues?, name: EmbossedName? = nil) {
            self.id = id
            self.instance = instance
            self.pan = pan
            self.values = values
            self.name = name
        }
    }

    private let order: BureauOrder
    private let cards: [Card]

    package init(_ order: BureauOrder, _ cards: [Card]) {
        self.order = order
        self.cards = cards
    }

    /// Written twice, so that no copy of it is left behind where it has grown: first only to be measured.
    package var content: SecretBytes {
        var count = 0
        write { count += $0.count }
        return SecretBytes(count: count) { storage in
            var position = 0
            write { bytes in
                UnsafeMutableRawBufferPointer(rebasing: storage[position...]).copyMemory(from: bytes)
                position += bytes.count
            }
        }
    }

    private func write(_ put: (UnsafeRawBufferPointer) -> Void) {
        func text(_ text: String) { Array(text.utf8).withUnsafeBytes(put) }
        func digits(_ name: String, _ value: SecretDigits?) {
            text(#","\#(name)":"#)
            guard let value else { return text("null") }
            text("\"")
            value.withExposedDigits(put)
            text("\"")
        }
        text(#"{"format":"aval-bureau-order","version":\#(Self.version),"order":\#(order.number),"#)
        text(#""program_id":"\#(order.program)","cards":\#(cards.count)}"# + "\n")
        for card in cards {
            let (year, month) = (card.instance.expiry.year % 100, card.instance.expiry.month)
            let expiry = [year, month].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined()
            text(#"{"card_id":"\#(card.id)","sequence_number":\#(card.instance.sequenceNumber),"pan":""#)
            card.pan.withExposedDigits(put)
            text(#"","expiry":"\#(expiry)","service_code":"\#(card.instance.serviceCodeText)""#)
            digits("cvv", card.values?.stripe)
            digits("icvv", card.values?.chip)
            digits("cvv2", card.values?.printed)
            // None of its characters is another one in JSON, and none of keys' ids.
            text(#","name":"# + (card.name?.withExposedText { "\"\($0)\"" } ?? "null"))
            let versions = card.instance.keyVersions.map { "\"\($0)\"" }.joined(separator: ",")
            text(#","key_versions":[\#(versions)]}"# + "\n")
        }
    }
}
