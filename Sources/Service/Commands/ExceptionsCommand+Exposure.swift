import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger

extension ExceptionsCommand {
    struct Exposure: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "exposure",
            abstract: "What networks approved in the issuer's stead, by day, network, reason and currency.",
            discussion: """
                Columns: day, network, reason, currency, approvals, their amount, authorizations that still hold and \
                what they hold, by how much balances fell below what could be spent, approvals that wait for an \
                operator and their amount. Amounts are minor units. Declined advices are left out.
                """
        )

        @Option(help: "Told at or after, ISO 8601 with a time zone; a week before --to when left out.")
        var from: Instant?

        @Option(help: "Told before; now when left out. At most 92 days after --from.")
        var to: Instant?

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let end = to ?? .wallClock
                let start = from ?? end - .seconds(7 * 86_400)
                guard start < end, end.microseconds - start.microseconds <= 92 * 86_400_000_000 else {
                    throw Settings.Problem(description: "--to must be after --from, and at most 92 days")
                }
                let exposure = try StandInExposure(from: start, to: end, try settings.readingConnection())
                let lines = exposure.lines.map(ExposureLine.init).sorted { $0.order < $1.order }
                if json { return try announce(json: lines) }
                announce(lines.map(\.columns), orElse: "no network approved anything")
            }
        }
    }
}

/// One line of the report. Amounts are minor units as text: sums may exceed what readers of JSON take for a number.
private struct ExposureLine: Encodable {
    var day: String
    var network: String
    var reason: String
    var currency: String
    var approvals: Int64
    var amount: String
    var openHolds: Int64
    var held: String
    var overLimit: String
    var waiting: Int64
    var waitingAmount: String

    init(_ line: (key: StandInExposure.Key, value: StandInExposure.Sums)) {
        day = Date(timeIntervalSince1970: TimeInterval(line.key.day) * 86_400)
            .formatted(.iso8601.year().month().day())
        network = line.key.network
        reason = line.key.reason.name
        currency = line.key.currency.alphabetic
        approvals = line.value.count
        amount = "\(line.value.amount)"
        openHolds = line.value.openHolds
        held = "\(line.value.held)"
        overLimit = "\(line.value.overLimit)"
        waiting = line.value.waiting
        waitingAmount = "\(line.value.waitingAmount)"
    }

    var order: (String, String, String, String) { (day, network, reason, currency) }

    var columns: [String] {
        [
            day, network, reason, currency, "\(approvals)", amount, "\(openHolds)", held, overLimit, "\(waiting)",
            waitingAmount,
        ]
    }
}
