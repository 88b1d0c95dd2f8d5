import ArgumentParser
import ISO8583

/// What an operator writes into the journal.
struct Reason: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard argument.utf8.count <= 200, !argument.utf8.contains(where: { $0 < 0x20 }) else { return nil }
        text = argument.withoutCardNumbers
    }
}
