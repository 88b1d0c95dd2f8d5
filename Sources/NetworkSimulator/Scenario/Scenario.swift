import Foundation
import ISO8583

/// What a network does and what it expects, as a file says it.
package struct Scenario: Sendable {
    package var name: String
    /// With the file's framing and MAC.
    package var dialect: Dialect
    package var endpoint: Endpoint
    /// Nil: drawn when it runs.
    package var seed: UInt64?
    /// Where the scenario's time stands; nil: the machine's time runs.
    package var start: Date?
    /// How long an answer is waited for where its step does not say.
    package var patience: Duration
    /// Nil for those that must be given when it runs.
    package var variables: [String: String?]
    /// Key blocks by name; templates take them as they take variables.
    package var keyBlocks: [String: KeyBlockRecipe]
    /// Nil: messages have no authentication codes, until a step says under which keys they have.
    package var macKeys: MACKeyNames?
    /// Elements of every transaction, in place of the usual ones; nil leaves one out.
    package var fields: [Int: Template?]
    /// Whether messages may come that nothing waits for.
    package var allowsUnsolicited: Bool
    package var steps: [Step]

    /// Names of variables that are keys.
    package var keyVariables: Set<String> {
        Set(allMACKeys.flatMap { [$0.sending, $0.receiving] } + keyBlocks.values.flatMap { [$0.key, $0.protection] })
    }

    /// Those of the start and of the steps.
    var allMACKeys: [MACKeyNames] {
        var all = [macKeys].compactMap { $0 }
        for case .macKeys(let names) in steps.map(\.action) { all.append(names) }
        return all
    }

    /// Types of the issuer's own messages whose answers some step tells.
    var answeredTypes: Set<MessageTypeIndicator> {
        var types: Set<MessageTypeIndicator> = []
        for case .receive(let reception) in steps.map(\.action) where reception.reply != nil {
            types.insert(reception.type)
        }
        return types
    }
}

/// The issuer's door, or ours.
package struct Endpoint: Sendable {
    package var host: String
    /// 0 with `isListener`: any free one.
    package var port: Int
    /// Whether the issuer connects to us.
    package var isListener: Bool
    package var tls: LinkTLS?

    package init(host: String = "127.0.0.1", port: Int = 8583, isListener: Bool = false, tls: LinkTLS? = nil) {
        self.host = host
        self.port = port
        self.isListener = isListener
        self.tls = tls
    }
}

package struct Step: Sendable {
    package enum Action: Sendable {
        case exchange(Exchange)
        /// Waits for the answer to an earlier message.
        case answer(of: String, Expectation, within: Duration)
        /// Waits for a message that the issuer starts, and answers it.
        case receive(Reception)
        case traffic(Traffic)
        case connection(ConnectionChange)
        case wait(Duration)
        /// Moves the scenario's clock.
        case advance(Duration)
        /// Other keys from then on.
        case macKeys(MACKeyNames)
        /// Bytes as they are.
        case bytes([UInt8], isFramed: Bool)
        /// Frames of random bytes.
        case garbage(frames: Int, longest: Int)
        /// Frames of an earlier message, each with a few of its bytes changed.
        case damage(frames: Int, of: String)
    }

    /// Its number and what it does, for the report.
    package var title: String
    package var action: Action
}

package enum ConnectionChange: String, Sendable, CaseIterable {
    case open
    /// In order: what is under way arrives.
    case close
    /// What is under way in either direction is lost.
    case reset
}

/// A message of the issuer's own, and what becomes of it.
package struct Reception: Sendable {
    package enum Reply: Sendable {
        /// An acceptance with these elements in place of its own; nil leaves one out.
        case answer([Int: Template?])
        case silence
    }

    package var type: MessageTypeIndicator
    /// What later steps call it.
    package var name: String?
    package var expectation: AnswerExpectation
    /// Nil: acceptance. Network management has been accepted when it came, unless some step replies to its type.
    package var reply: Reply?
    package var patience: Duration
}

/// One message and what is expected of its answer.
package struct Exchange: Sendable {
    package enum Source: Sendable, Hashable {
        /// Made from the usual elements of its type.
        case new(MessageTypeIndicator)
        /// Network management: sign-on, echo and so on, by DE 70 (1993: DE 24).
        case management(code: String)
        /// The same message again. Nil: with its repeat digit.
        case repetition(of: String, MessageTypeIndicator?)
        /// A message about an earlier one, which it names in DE 90 (1993: DE 56) and whose elements it takes over.
        case following(String, MessageTypeIndicator)
    }

    package var source: Source
    /// What later steps call it.
    package var name: String?
    /// Nil leaves out an element that would be there.
    package var fields: [Int: Template?]
    /// DE 95 of a partial reversal: what remains, in minor units.
    package var newTotal: Template?
    package var expectation: Expectation
    /// How long the answer is waited for.
    package var patience: Duration
}

package enum Expectation: Sendable {
    case answer(AnswerExpectation)
    /// That none comes.
    case silence
    /// Nothing yet: a later step waits for the answer, or nobody.
    case later
    /// The message is only made; it is not sent.
    case unsent
}

/// What is expected of an answer, beside that it comes and has the right type.
package struct AnswerExpectation: Sendable {
    /// In order of the elements.
    package var fields: [(element: Int, check: ValueCheck)] = []
    /// Elements that must be as they were sent, where they were sent.
    package var echoes = ElementSet()
    /// Of DE 54.
    package var amounts: [AmountCheck] = []
    /// Of DE 55, tags in upper-case hex.
    package var tags: [(tag: String, check: ValueCheck)] = []
}

/// What is expected of one value.
package enum ValueCheck: Sendable, Hashable {
    case equals(Template)
    case oneOf([Template])
    /// A regular expression for the whole value.
    case matches(String)
    case present
    case absent
}

/// What is expected of one amount of DE 54.
package struct AmountCheck: Sendable, Hashable {
    /// As in ``AdditionalAmount/amountType``.
    package var type: String
    /// ISO 4217 number; nil: any.
    package var currency: String?
    /// Minor units, below zero for debits.
    package var amount: Template
}

/// A mix of conversations, many at a time.
package struct Traffic: Sendable {
    package struct Conversation: Sendable {
        package var title: String
        package var weight: Int
        package var steps: [Exchange]
    }

    package var count: Int
    package var inFlight: Int
    /// Conversations started a second; nil: as fast as answers come.
    package var rate: Int?
    package var mix: [Conversation]
}
