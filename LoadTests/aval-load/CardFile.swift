import Foundation

/// A card to pay with.
struct LoadCard: Sendable {
    /// ASCII digits. Never printed.
    var pan: [UInt8]
    /// YYMM.
    var expiry: [UInt8]
    var id: String
    var account: String
}

/// The file of cards: a line for each, with number, expiry, card id and account id. Mode 600.
enum CardFile {
    static func read(_ path: String) throws -> [LoadCard] {
        guard let content = FileManager.default.contents(atPath: path) else { throw Problem("cannot read \(path)") }
        var cards: [LoadCard] = []
        for (number, line) in content.split(separator: UInt8(ascii: "\n")).enumerated() {
            let fields = line.split(separator: UInt8(ascii: " "))
            guard fields.count == 4, fields[1].count == 4 else {
                throw Problem("\(path), line \(number + 1): expected number, expiry, card id and account id")
            }
            cards.append(
                LoadCard(
                    pan: Array(fields[0]),
                    expiry: Array(fields[1]),
                    id: String(decoding: fields[2], as: UTF8.self),
                    account: String(decoding: fields[3], as: UTF8.self)
                )
            )
        }
        guard !cards.isEmpty else { throw Problem("\(path) holds no card") }
        return cards
    }

    /// Writes under another name and renames, so that the file is there whole or not at all.
    static func write(_ cards: [LoadCard], to path: String) throws {
        var content = Data()
        for card in cards {
            content += card.pan + [UInt8(ascii: " ")] + card.expiry + Array(" \(card.id) \(card.account)\n".utf8)
        }
        let unfinished = path + ".new"
        try? FileManager.default.removeItem(atPath: unfinished)
        let made = FileManager.default.createFile(
            atPath: unfinished,
            contents: content,
            attributes: [.posixPermissions: 0o600]
        )
        guard made, rename(unfinished, path) == 0 else { throw Problem("cannot write \(path)") }
    }
}
