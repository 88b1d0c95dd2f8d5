import Foundation
import NIOCore
import NIOHTTP1

/// Pays by card id over HTTP. HTTP/1.1 has one request at a time on a connection, so its only slot is its own.
final class HTTPPaymentConnection: PaymentConnection {
    private struct Answer: Decodable {
        var status: String
        var decline_reasons: [String]
    }

    private let connection: HTTPConnection
    private let cards: [LoadCard]
    private let sink: any PaymentSink
    /// Begins the Idempotency-Keys of this connection.
    private let keyPrefix: String
    private let decoder = JSONDecoder()
    private var count = 0

    init(_ connection: HTTPConnection, cards: [LoadCard], sink: any PaymentSink, keyPrefix: String) {
        self.connection = connection
        self.cards = cards
        self.sink = sink
        self.keyPrefix = keyPrefix
    }

    var freeSlots: Int { connection.isBusy ? 0 : 1 }

    func send(_ payment: Payment) {
        count += 1
        connection.send(
            .POST,
            "/v1/authorizations",
            Array(body(payment).utf8),
            idempotencyKey: "\(keyPrefix)-\(count)"
        ) { [self] answer in
            do {
                sink.answered(payment, result(try answer.get()))
            } catch {
                sink.broken("a request had no answer: \(error)")
            }
        }
    }

    private func body(_ payment: Payment) -> String {
        let card = cards[payment.card]
        let merchant = Merchant.all[payment.merchant]
        let expiry = String(decoding: card.expiry, as: UTF8.self)
        let year = (Int(expiry.prefix(2)) ?? 0) + 2_000 + (payment.hasWrongExpiry ? 1 : 0)
        return """
            {"card_id":"\(card.id)","kind":"purchase","entry_mode":"\(merchant.entryModeName)",\
            "expiry":"\(year)-\(expiry.suffix(2))","transaction_amount":{"amount":\(payment.amount),"currency":"EUR"},\
            "merchant":{"name":"\(merchant.name)","id":"\(merchant.identification)","mcc":"\(merchant.categoryCode)",\
            "country":"\(merchant.country)","city":"\(merchant.city)"}}
            """
    }

    private func result(_ answer: HTTPAnswer) -> PaymentResult {
        guard answer.status == 201, let decided = try? decoder.decode(Answer.self, from: Data(answer.body)) else {
            return .refused("HTTP \(answer.status)")
        }
        return decided.status == "approved" ? .approved : .declined(decided.decline_reasons.first ?? "without a reason")
    }
}
