import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `Network metrics` {
    private static func metrics(_ name: String) -> NetworkMetrics {
        NetworkMetrics(network: name, dialect: .iso87ASCIIHexBitmap)
    }

    @Test func `add up what the sessions counted, by network`() {
        let (blue, green) = (Self.metrics("blue"), Self.metrics("green"))
        for _ in 0..<40 { blue.table().count(.late) }
        green.table().update { $0.kinds[0].inFlight += 3 }
        blue.table().update { $0.connections += 1 }
        blue.table().update { $0.connections -= 1 }
        #expect(blue.value(.late) == 40)
        let text = NetworkMetrics.text(of: [blue, green])
        #expect(text.contains("aval_network_messages_total{network=\"blue\",event=\"late\"} 40\n"))
        #expect(text.contains("aval_network_messages_total{network=\"green\",event=\"late\"} 0\n"))
        #expect(text.contains("aval_network_in_flight{network=\"green\"} 3\n"))
        #expect(text.contains("aval_network_connections{network=\"blue\"} 0\n"))
        #expect(text.split(separator: "\n").count { $0.hasPrefix("# TYPE aval_network_messages_total ") } == 1)
    }

    @Test func `tell answers by the request's type and code, repeats of a type with it, and all others together`() {
        let metrics = Self.metrics("blue")
        let table = metrics.table()
        for (type, code) in [(100, "00"), (101, "00"), (100, "51"), (9_999, "12")] as [(Int, String)] {
            guard let type = MessageTypeIndicator(number: type) else { return }
            let kind = metrics.kind(of: type)
            table.update { counts in
                counts.received(kind: kind, unknown: [], unexpected: [])
                let answer = Fixture.message(110, code == "51" ? [39: code, 44: "02"] : [39: code])
                counts.answered(answer, advice: 44, kind: kind, after: .milliseconds(3))
            }
        }
        let text = NetworkMetrics.text(of: [metrics])
        for line in [
            "aval_network_received_total{network=\"blue\",mti=\"0100\"} 3",
            "aval_network_received_total{network=\"blue\",mti=\"other\"} 1",
            "aval_network_answers_total{network=\"blue\",mti=\"0100\",code=\"00\"} 2",
            "aval_network_answers_total{network=\"blue\",mti=\"0100\",code=\"51\"} 1",
            "aval_network_answers_total{network=\"blue\",mti=\"other\",code=\"12\"} 1",
            "aval_network_advice_codes_total{network=\"blue\",mti=\"0100\",advice=\"02\"} 1",
            "aval_network_answer_seconds_bucket{network=\"blue\",mti=\"0100\",le=\"0.0025\"} 0",
            "aval_network_answer_seconds_bucket{network=\"blue\",mti=\"0100\",le=\"0.005\"} 3",
            "aval_network_answer_seconds_count{network=\"blue\",mti=\"0100\"} 3",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
        #expect(metrics.value(.answered) == 4)
    }

    @Test func `tell what is late, repeated and in flight by type`() {
        let metrics = Self.metrics("blue")
        metrics.table().update { counts in
            let (request, reversal) = (metrics.kind(of: 100), metrics.kind(of: 421))
            for kind in [request, request, reversal] { counts.received(kind: kind, unknown: [], unexpected: []) }
            counts.late(kind: request)
            counts.repeated(kind: reversal)
            counts.kinds[request].inFlight += 2
        }
        let text = NetworkMetrics.text(of: [metrics])
        for line in [
            "aval_network_late_total{network=\"blue\",mti=\"0100\"} 1",
            "aval_network_late_total{network=\"blue\",mti=\"0420\"} 0",
            "aval_network_repeated_total{network=\"blue\",mti=\"0420\"} 1",
            "aval_network_in_flight_requests{network=\"blue\",mti=\"0100\"} 2",
            "aval_network_messages_total{network=\"blue\",event=\"late\"} 1",
            "aval_network_messages_total{network=\"blue\",event=\"repeated\"} 1",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
    }

    @Test func `tell unreadable messages by fault and place, and unknown tags, but only so many`() throws {
        let metrics = Self.metrics("blue")
        metrics.table().update { counts in
            counts.faults[NetworkCounts.Fault(class: .invalidDigit, place: .element(4))] = 2
            counts.faults[NetworkCounts.Fault(class: .truncatedData, place: .messageType)] = 1
            for tag in 0..<100 {
                counts.received(kind: 0, unknown: [UnknownPart(element: 55, tag: "DF\(tag)")], unexpected: [])
            }
        }
        let text = NetworkMetrics.text(of: [metrics])
        for line in [
            "aval_network_decode_errors_total{network=\"blue\",class=\"invalid_digit\",element=\"4\"} 2",
            "aval_network_decode_errors_total{network=\"blue\",class=\"truncated_data\",element=\"MTI\"} 1",
            "aval_network_unknown_parts_total{network=\"blue\",part=\"55.DF0\"} 1",
            "aval_network_unknown_parts_total{network=\"blue\",part=\"55.DF63\"} 1",
            "aval_network_unknown_parts_total{network=\"blue\",part=\"other\"} 36",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
    }

    @Test func `tell elements beyond the rule of their message by its type, but only so many`() throws {
        var dialect = Dialect.iso87ASCIIHexBitmap
        dialect.rules = [
            MessageRule(100, mandatory: [4, 11], conditional: [2]), MessageRule(800, mandatory: [11], conditional: []),
        ]
        let metrics = NetworkMetrics(network: "blue", dialect: dialect)
        func receive(_ message: Message) {
            let unexpected = metrics.unexpectedElements(of: message)
            let kind = metrics.kind(of: message.messageType)
            metrics.table().update { $0.received(kind: kind, unknown: [], unexpected: unexpected) }
        }
        receive(Fixture.message(100, [2: "1", 4: "1", 11: "1"]))
        for type in [100, 101, 200] as [MessageTypeIndicator] { receive(Fixture.message(type, [4: "1", 47: "1"])) }
        receive(Fixture.message(800, [11: "1", 4: "1", 70: "1"]))
        func lines() -> [Substring] {
            NetworkMetrics.text(of: [metrics]).split(separator: "\n")
                .filter { $0.hasPrefix("aval_network_unexpected_elements_total") }
        }
        #expect(
            lines() == [
                "aval_network_unexpected_elements_total{network=\"blue\",mti=\"0100\",element=\"47\"} 2",
                "aval_network_unexpected_elements_total{network=\"blue\",mti=\"0800\",element=\"4\"} 1",
                "aval_network_unexpected_elements_total{network=\"blue\",mti=\"0800\",element=\"70\"} 1",
                "aval_network_unexpected_elements_total{network=\"blue\",mti=\"other\",element=\"other\"} 0",
            ]
        )
        let all = ElementSet(2...192)
        let table = metrics.table()
        for kind in 0...1 { table.update { $0.received(kind: kind, unknown: [], unexpected: all) } }
        #expect(lines().count <= 3 + 256 + 1)
        #expect(lines().last?.hasSuffix("element=\"other\"} \(2 * 191 - 256)") == true)
    }

    @Test func `of a session tell what its messages have beyond their rule, and tags that the network has not told`()
        throws
    {
        var profile = Fixture.profile
        let index = try #require(profile.dialect.rules.firstIndex { $0.messageType == 100 })
        profile.dialect.rules[index].conditional = ElementSet(2...43).union([60])
        let line = try Line(profile)
        let request = Fixture.purchase([47: "national", 60: "010103801M9902xx"])
        #expect(try line.send(try Codec.encode(request, dialect: profile.dialect)).first?.text(39) == "00")
        let text = NetworkMetrics.text(of: [line.metrics])
        for counted in [
            "aval_network_unknown_parts_total{network=\"test\",part=\"60.99\"} 1",
            "aval_network_unexpected_elements_total{network=\"test\",mti=\"0100\",element=\"47\"} 1",
        ] { #expect(text.contains(counted + "\n"), "\(counted)") }
        #expect(!text.contains("part=\"60.01\"") && !text.contains("part=\"60.38\""))
    }

    /// A tag, and what it is counted as.
    @Test(arguments: [
        ("DF7A", "48.DF7A"), ("12345678", "48.12345678"), ("123456789", "other"), ("a\"b", "other"), ("a\nb", "other"),
        ("a\\", "other"), ("é", "other"),
    ])
    func `name only tags that a label can hold as they are`(tag: String, part: String) {
        let metrics = Self.metrics("blue")
        metrics.table().update { $0.received(kind: 0, unknown: [UnknownPart(element: 48, tag: tag)], unexpected: []) }
        let lines = NetworkMetrics.text(of: [metrics]).split(separator: "\n")
        let counted = lines.filter { $0.hasPrefix("aval_network_unknown_parts_total") && $0.hasSuffix(" 1") }
        #expect(counted == ["aval_network_unknown_parts_total{network=\"blue\",part=\"\(part)\"} 1"])
    }
}
