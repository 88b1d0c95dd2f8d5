import AuthorizationEngine
import ISO8583

/// One metric of all networks.
private struct Family: Sendable {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    var name: String
    var kind: Kind
    var help: String
    /// The lines of one network.
    var lines: @Sendable (NetworkMetrics, NetworkCounts) -> [String]

    /// - Parameter samples: labels beside the network's, such as `mti="0100"`, and values.
    init(
        _ name: String,
        _ kind: Kind,
        _ help: String,
        _ samples: @escaping @Sendable (NetworkMetrics, NetworkCounts) -> [(labels: String, value: String)]
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        lines = { metrics, counts in
            samples(metrics, counts).map { sample in
                let labels = sample.labels.isEmpty ? "" : "," + sample.labels
                return "\(name){network=\"\(metrics.network)\"\(labels)} \(sample.value)"
            }
        }
    }
}

extension NetworkMetrics {
    /// The counts of all networks as Prometheus text, exposition format 0.0.4.
    package static func text(of networks: [NetworkMetrics]) -> String {
        let counted = networks.map { (metrics: $0, counts: $0.counts) }
        let lines = (messageFamilies + kindFamilies + [secondsFamily] + connectionFamilies).flatMap { family in
            ["# HELP \(family.name) \(family.help)", "# TYPE \(family.name) \(family.kind.rawValue)"]
                + counted.flatMap { family.lines($0.metrics, $0.counts) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let messageFamilies = [
        Family("aval_network_messages_total", .counter, "What happened to messages.") { _, counts in
            Event.allCases.map { ("event=\"\($0.label)\"", "\(counts.events[$0.rawValue])") }
        },
        Family("aval_network_received_total", .counter, "Messages that could be read, by type.") { metrics, counts in
            counts.kinds.enumerated().compactMap { index, kind in
                kind.received == 0 ? nil : (metrics.label(ofKind: index), "\(kind.received)")
            }
        },
        Family("aval_network_answers_total", .counter, "Answers by the request's type and DE 39.") { metrics, counts in
            counts.kinds.enumerated().flatMap { index, kind in
                kind.answers.sorted { $0.key < $1.key }.map { code, count in
                    ("\(metrics.label(ofKind: index)),code=\"\(NetworkMetrics.text(ofCode: code))\"", "\(count)")
                }
            }
        },
        Family("aval_network_decode_errors_total", .counter, "Unreadable messages, by fault and place.") { _, counts in
            counts.faults.map { fault, count in
                ("class=\"\(fault.class.rawValue)\",element=\"\(fault.place)\"", "\(count)")
            }.sorted { $0.0 < $1.0 }
        },
        Family("aval_network_unknown_parts_total", .counter, "Elements and tags without a definition.") { _, counts in
            counts.unknownParts.map { part, count in ("part=\"\(part)\"", "\(count)") }.sorted { $0.0 < $1.0 }
                + [("part=\"other\"", "\(counts.furtherUnknownParts)")]
        },
        Family("aval_network_unexpected_elements_total", .counter, "Elements beyond their message's rule.") {
            metrics,
            counts in
            counts.unexpectedElements.map { place, count in
                ("\(metrics.label(ofKind: place.kind)),element=\"\(place.element)\"", "\(count)")
            }.sorted { $0.0 < $1.0 } + [("mti=\"other\",element=\"other\"", "\(counts.furtherUnexpectedElements)")]
        },
        Family("aval_network_in_flight", .gauge, "Requests that wait for their answers.") { _, counts in
            [("", "\(counts.inFlight)")]
        },
    ]

    private static let kindFamilies = [
        Family("aval_network_advice_codes_total", .counter, "Advice to merchants, by type and code.") {
            metrics,
            counts in
            counts.kinds.enumerated().flatMap { index, kind in
                kind.advice.sorted { $0.key < $1.key }.map { code, count in
                    ("\(metrics.label(ofKind: index)),advice=\"\(NetworkMetrics.text(ofCode: code))\"", "\(count)")
                }
            }
        },
        Family("aval_network_late_total", .counter, "Too late to be answered, by type.") { metrics, counts in
            metrics.samples(counts) { $0.late }
        },
        Family("aval_network_silent_total", .counter, "Left to come again, by type.") { metrics, counts in
            metrics.samples(counts) { $0.silent }
        },
        Family("aval_network_repeated_total", .counter, "Answered from the record, by type.") { metrics, counts in
            metrics.samples(counts) { $0.repeated }
        },
        Family("aval_network_in_flight_requests", .gauge, "Requests in flight, by type.") { metrics, counts in
            metrics.samples(counts) { UInt64(max(0, $0.inFlight)) }
        },
    ]

    /// One for each type of which any message came.
    private func samples(
        _ counts: NetworkCounts,
        _ value: (NetworkCounts.Kind) -> UInt64
    ) -> [(labels: String, value: String)] {
        counts.kinds.enumerated().compactMap { index, kind in
            kind.received == 0 ? nil : (label(ofKind: index), "\(value(kind))")
        }
    }

    private static let secondsFamily: Family = {
        let name = "aval_network_answer_seconds"
        var family = Family(name, .histogram, "From a request's last byte to its answer.") { _, _ in [] }
        family.lines = { metrics, counts in
            counts.kinds.enumerated().flatMap { index, kind in
                let labels = "network=\"\(metrics.network)\",\(metrics.label(ofKind: index))"
                return kind.seconds.count == 0 ? [] : kind.seconds.lines(name, labels: labels)
            }
        }
        return family
    }()

    private static let connectionFamilies = [
        Family("aval_network_connections", .gauge, "Connections that are open.") { _, counts in
            [("", "\(counts.connections)")]
        },
        Family("aval_network_signed_on", .gauge, "Connections on which a side has signed on.") { _, counts in
            [("", "\(counts.signedOn)")]
        },
        Family("aval_network_connections_total", .counter, "What happened to connections.") { _, counts in
            Link.allCases.map { ("event=\"\($0.label)\"", "\(counts.links[$0.rawValue])") }
        },
    ]

    private func label(ofKind index: Int) -> String {
        "mti=\"\(index < messageTypes.count ? messageTypes[index].description : "other")\""
    }

    /// DE 39 from the number that it is counted under; its characters are ours.
    private static func text(ofCode code: UInt32) -> String {
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: code >> $0) }.filter { $0 != 0 }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension NetworkMetrics.Event {
    fileprivate var label: String {
        switch self {
        case .received: "received"
        case .answered: "answered"
        case .formatError: "format_error"
        case .dropped: "dropped"
        case .unsolicited: "unsolicited"
        case .refused: "refused"
        case .late: "late"
        case .repeated: "repeated"
        case .framingError: "framing_error"
        case .macMissing: "mac_missing"
        case .macWrong: "mac_wrong"
        case .keyChanged: "key_changed"
        case .keyRefused: "key_refused"
        case .silent: "silent"
        case .chipUnreadable: "chip_unreadable"
        }
    }
}

extension NetworkMetrics.Link {
    fileprivate var label: String {
        switch self {
        case .accepted: "accepted"
        case .turnedAway: "turned_away"
        case .connected: "connected"
        case .reconnected: "reconnected"
        case .connectFailed: "connect_failed"
        case .unanswered: "unanswered"
        case .broken: "broken"
        }
    }
}
