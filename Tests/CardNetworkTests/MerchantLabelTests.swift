import AuthorizationCore
import AuthorizationEngine
import ISO8583
import Logging
import Synchronization
import Testing

/// What operators are told of merchants, whose names come from senders.
@Suite struct MerchantLabelTests {
    private final class Lines: LogHandler {
        let lines = Mutex<[String]>([])
        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        subscript(metadataKey _: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }

        func log(event: LogEvent) { lines.withLock { $0.append("\(event.metadata ?? [:])") } }
    }

    @Test func `a card number in the place of the acceptor's is masked in the log and in the metrics`() {
        let lines = Lines()
        let logger = Logger(label: "merchants") { _ in lines }
        let limit = MerchantLimit(count: 1, share: 10, seconds: 3_600)
        let watch = LocalMerchantWatch(limit, masking: { maskingCardNumbers($0) }, logger: logger)
        // Of 15 digits, as DE 42 has places; two that look alike without their middle.
        for acceptor in ["378282246310005", "378282642310005", "SHOP \"1\""] {
            watch.note(.failed, at: MerchantKey(bin: "990000", acquirer: "1", acceptor: acceptor))
        }
        let logged = lines.lines.withLock { $0.joined() }
        #expect(!logged.contains("2246310") && logged.contains("378282*****0005") && logged.contains("SHOP ?1?"))
        for name in ["aval_merchant_failures{", "aval_merchant_requests{"] {
            let named = watch.text.split(separator: "\n").filter { $0.hasPrefix(name) }
            #expect(named.count == 2 && named.contains { $0.contains("378282*****0005") })
        }
        #expect(!watch.text.contains("2246310"))
    }
}
