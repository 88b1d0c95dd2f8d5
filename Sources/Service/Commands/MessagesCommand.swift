import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import Foundation
import ISO8583
import PostgresLedger

struct MessagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "messages",
        abstract: "What networks and Aval said to each other.",
        subcommands: [List.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the newest messages that match, oldest first, in the form in which they are kept.",
            discussion: """
                Columns: time, network, connection, direction, message type, elements 11 and 39, milliseconds to the \
                answer, authorization, content. What the network's allow-list does not name shows as its length.

                  aval messages list --network blue --mti 0110 --since 2026-11-01T10:00:00Z
                """
        )

        @Option(help: "Only this network.")
        var network: String?

        @Option(help: "At or after; ISO 8601 with a time zone. A day ago, or the authorization's time, if not given.")
        var since: Instant?

        @Option(help: "Before.")
        var until: Instant?

        @Option(help: "Only this message type, such as 0100.")
        var mti: MessageTypeIndicator?

        @Option(help: "Only messages about this authorization.")
        var authorization: AuthorizationID?

        @Flag(help: "One JSON object a line.")
        var json = false

        @OptionGroup
        var listing: ListingOptions

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let messages = try settings.administration().messages(filter, limit: listing.limit)
                if json {
                    for message in messages { announce(try jsonLine(MessageLine(message))) }
                } else {
                    announce(messages.map(\.columns), orElse: "no messages")
                }
            }
        }

        private var filter: MessageFilter {
            let now = Instant.wallClock.microseconds
            // An authorization's identifier has its time; the request came a little earlier.
            let start = authorization.map { $0.instant.microseconds - 3_600_000_000 } ?? now - 86_400_000_000
            let end = Instant(microseconds: now + 60_000_000)
            var filter = MessageFilter(since: since ?? Instant(microseconds: start), until: until ?? end)
            filter.network = network
            filter.messageType = mti?.number
            filter.authorization = authorization
            return filter
        }
    }
}

extension Instant: ExpressibleByArgument {
    package init?(argument: String) {
        guard let date = try? Date(argument, strategy: .iso8601) else { return nil }
        self.init(date: date)
    }
}

extension MessageTypeIndicator: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension LoggedMessage {
    fileprivate var columns: [String] {
        [
            at.listed, network, connection, direction.name, typeText, trace.isEmpty ? "-" : trace,
            responseCode.isEmpty ? "-" : responseCode, latency.map { "\($0.wholeMilliseconds)" } ?? "-",
            authorization.map { "\($0)" } ?? "-", text,
        ]
    }

    fileprivate var typeText: String {
        messageType.flatMap { MessageTypeIndicator(number: Int($0)) }?.description ?? "-"
    }

    fileprivate var text: String {
        switch content {
        case .readable(let text), .unreadable(let text): text
        }
    }
}

/// A message as JSON.
private struct MessageLine: Encodable {
    enum CodingKeys: String, CodingKey {
        case at, network, connection, direction, mti, trace, authorization, content, problem
        case responseCode = "response_code"
        case latency = "latency_ms"
    }

    var at: String
    var network: String
    var connection: String
    var direction: String
    var mti: String?
    var trace: String
    var responseCode: String
    var latency: Int64?
    var authorization: String?
    var content: String?
    var problem: String?

    init(_ message: LoggedMessage) {
        at = message.at.listed
        network = message.network
        connection = message.connection
        direction = message.direction.name
        mti = message.messageType == nil ? nil : message.typeText
        trace = message.trace
        responseCode = message.responseCode
        latency = message.latency?.wholeMilliseconds
        authorization = message.authorization.map { "\($0)" }
        switch message.content {
        case .readable(let text): content = text
        case .unreadable(let text): problem = text
        }
    }
}
