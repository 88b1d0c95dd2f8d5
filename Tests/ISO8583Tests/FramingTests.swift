import AuthorizationCore
import TestSeed
import Testing

@testable import ISO8583

@Suite struct `Framing` {
    @Test func `all framing vectors are there`() {
        #expect(Vectors.framing.count == 24)
    }

    @Test(arguments: Vectors.framing)
    func `a stream gives the same frames whole, byte by byte and in random chunks`(vector: Vector) throws {
        let stream = hexBytes(try vector.get("in", "stream")) ?? []
        let format = try self.format(vector.get("header"))
        var generator = SplitMix64(seed: TestSeed.value)
        var cuts = [[stream], stream.map { [$0] }]
        for _ in 0..<20 { cuts.append(randomChunks(stream, &generator)) }
        for chunks in cuts {
            let outcome = read(chunks, format)
            if let error: String = try vector.find("out", "error") {
                #expect(outcome.error.map { error.hasPrefix($0.code) } == true)
                continue
            }
            #expect(outcome.error == nil)
            #expect(outcome.messages.map { hexText($0.bytes) } == (try vector.get("out", "frames")))
            #expect(hexText(outcome.leftover) == (try vector.find("out", "leftover") ?? ""))
            if let tpdu: String = try vector.find("out", "tpdu"), case .tpdu(let read) = outcome.messages[0].header {
                #expect(hexText(read.bytes) == tpdu)
                #expect(hexText(read.reply.bytes) == (try vector.get("out", "response_tpdu")))
            }
        }
    }

    @Test(arguments: Vectors.framing)
    func `what was read is written back to the same stream`(vector: Vector) throws {
        let stream = hexBytes(try vector.get("in", "stream")) ?? []
        let format = try self.format(vector.get("header"))
        let outcome = read([stream], format)
        guard outcome.error == nil else { return }
        var written: [UInt8] = []
        for _ in 0..<outcome.keepAlives { written += format.keepAlive }
        for message in outcome.messages { try format.append(message.bytes, header: message.header, to: &written) }
        #expect(hexText(written + outcome.leftover) == hexText(stream))
    }

    @Test func `a Visa header swaps its stations and echoes the round-trip control`() throws {
        let header = VisaHeader(destination: 0x010203, source: 0x0A0B0C)
        let format = FrameFormat(.bigEndian2, fillerBytes: 2, routing: .visa)
        var frame = try format.encode([1, 2, 3], header: .visa(header))
        let stations = "010203" + "0A0B0C"
        #expect(hexText(frame) == "00190000" + "160102" + "0019" + stations + "00" + "00000000000000000000" + "010203")
        // Behind length and filler; the network sets it.
        frame[4 + 11] = 0x5A

        var decoder = FrameDecoder(format)
        decoder.append(frame)
        guard case .message(.visa(let read), let bytes)? = try decoder.next() else {
            Issue.record("no Visa frame")
            return
        }
        #expect(bytes == [1, 2, 3])
        let reply = hexText(read.reply.bytes(messageBytes: 3))
        #expect(reply == "160102" + "0019" + "0A0B0C" + "010203" + "5A" + "00000000000000000000")
    }

    @Test func `a longer Visa header returns our message as rejected`() throws {
        let format = FrameFormat(.bigEndian2, fillerBytes: 2, routing: .visa)
        let inner = VisaHeader(destination: 1, source: 2)
        let reject: [UInt8] = [26, 1, 2, 0, 51] + [UInt8](repeating: 0, count: 17) + [0x40, 0x00, 0x00, 0x99]
        let body = reject + inner.bytes(messageBytes: 3) + [7, 8, 9]
        var decoder = FrameDecoder(format)
        decoder.append([0, UInt8(body.count), 0, 0] + body)
        guard case .rejected(let by, .visa(let own), let bytes)? = try decoder.next() else {
            Issue.record("not a reject")
            return
        }
        #expect(by.isReject)
        #expect(own.destination == 1)
        #expect(bytes == [7, 8, 9])
    }

    @Test func `a frame shorter than its routing header is reported and the next one is read`() throws {
        var decoder = FrameDecoder(FrameFormat(.bigEndian2, routing: .tpdu))
        decoder.append([0, 2, 1, 1, 0, 6, 0x60, 0, 1, 0, 2, 0xAA])
        #expect(try decoder.next() == .malformed(byteCount: 2))
        #expect(
            try decoder.next()
                == .message(header: .tpdu(TPDU(identifier: 0x60, destination: 1, source: 2)), bytes: [0xAA])
        )
        #expect(try decoder.next() == nil)
    }

    @Test func `an error stays and later bytes are not buffered`() throws {
        var decoder = FrameDecoder(FrameFormat(.ascii4))
        decoder.append(Array("00A1".utf8))
        #expect(throws: FramingError.badLengthHeader) { try decoder.next() }
        decoder.append([UInt8](repeating: 0, count: 1_000))
        #expect(throws: FramingError.badLengthHeader) { try decoder.next() }
        #expect(decoder.bufferedBytes == 0)
    }

    @Test(arguments: FrameFormat.LengthEncoding.allCases, [false, true])
    func `every length form reads back what it wrote, up to the limit and no further`(
        length: FrameFormat.LengthEncoding,
        includesItself: Bool
    ) throws {
        let format = FrameFormat(length, includesItself: includesItself)
        for count in [1, 9, 10, 99, 100, 255, 256, 999, 1_000, 4_096, Limits.messageBytes] {
            let message = [UInt8](repeating: 0x41, count: count)
            var decoder = FrameDecoder(format)
            decoder.append(try format.encode(message))
            #expect(try decoder.next() == .message(header: .none, bytes: message))
            #expect(decoder.bufferedBytes == 0)
        }
        let tooLong = [UInt8](repeating: 0x41, count: Limits.messageBytes + 1)
        #expect(throws: FramingError.self) { try format.encode(tooLong) }
        var decoder = FrameDecoder(format)
        decoder.append(format.keepAlive)
        #expect(try decoder.next() == .keepAlive)
    }

    @Test(arguments: FrameFormat.LengthEncoding.allCases, FrameFormat.Routing.allCases)
    func `random bytes never crash it and never make it buffer more than a frame`(
        length: FrameFormat.LengthEncoding,
        routing: FrameFormat.Routing
    ) {
        var generator = SplitMix64(seed: TestSeed.value)
        for _ in 0..<200 {
            var decoder = FrameDecoder(
                FrameFormat(length, includesItself: Bool.random(using: &generator), routing: routing, limit: 64)
            )
            for _ in 0..<50 {
                // Small values, so that lengths are often within the limit.
                let high = UInt8.random(in: 0...0x39, using: &generator)
                decoder.append((0..<16).map { _ in UInt8.random(in: 0...high, using: &generator) })
                while let frame = try? decoder.next() { _ = frame }
                #expect(decoder.bufferedBytes <= 64 + 16)
            }
        }
    }

    private struct Outcome {
        var messages: [(header: FrameHeader, bytes: [UInt8])] = []
        var keepAlives = 0
        var error: FramingError?
        var leftover: [UInt8] = []
    }

    private func read(_ chunks: [[UInt8]], _ format: FrameFormat) -> Outcome {
        var decoder = FrameDecoder(format)
        var outcome = Outcome()
        do throws(FramingError) {
            for chunk in chunks {
                decoder.append(chunk)
                while let frame = try decoder.next() {
                    switch frame {
                    case .message(let header, let bytes): outcome.messages.append((header, bytes))
                    case .keepAlive: outcome.keepAlives += 1
                    case .rejected, .malformed: Issue.record("unexpected \(frame)")
                    }
                }
            }
        } catch {
            outcome.error = error
        }
        outcome.leftover = chunks.joined().suffix(decoder.bufferedBytes)
        return outcome
    }

    private func format(_ header: String) throws -> FrameFormat {
        let includesItself = header.contains("includes itself")
        let routing: FrameFormat.Routing = header.contains("TPDU") ? .tpdu : .none
        if header.hasPrefix("2-byte big-endian binary + 2 zero bytes") {
            return FrameFormat(.bigEndian2, fillerBytes: 2)
        }
        let forms: [(String, FrameFormat.LengthEncoding)] = [
            ("2-byte big-endian binary", .bigEndian2), ("4-byte big-endian binary", .bigEndian4),
            ("4 ASCII digits", .ascii4), ("2-byte BCD length", .bcd2), ("2-byte little-endian", .littleEndian2),
        ]
        let length = try #require(forms.first { header.hasPrefix($0.0) }?.1)
        return FrameFormat(length, includesItself: includesItself, routing: routing)
    }
}

private func randomChunks(_ stream: [UInt8], _ generator: inout SplitMix64) -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    var rest = stream[...]
    while !rest.isEmpty {
        let count = Int.random(in: 1...min(64, rest.count), using: &generator)
        chunks.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
    }
    return chunks
}
