import CardCryptography
import HTTPTypes
import Hummingbird
import NIOCore

/// Takes the body of a request in and makes JSON of it.
enum BodyReading {
    /// Bytes of a body, but for the rows of a batch.
    static let usualSize = 65_536

    static func json(
        of request: Request,
        _ requirement: APIOperation.Body,
        upTo limit: Int = usualSize
    ) async throws -> JSONValue? {
        switch requirement {
        case .none: return nil
        case .optional, .required: break
        }
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limit { throw tooLarge(limit) }
        let bytes = try await bytes(of: request, upTo: limit)
        if bytes.count == 0, requirement == .optional { return .object([]) }
        try checkContentType(request.headers)
        do {
            return try JSONParser.parse(bytes)
        } catch {
            let rule = "Send one JSON object (RFC 8259), nested \(JSONParser.largestDepth) deep at most."
            throw Problem(.malformedJSON, "\(rule) At byte \(error.offset): \(error.problem).")
        }
    }

    private static func tooLarge(_ limit: Int) -> Problem {
        Problem(.bodyTooLarge, "Send at most \(limit) bytes.")
    }

    /// The body's bytes. What was received is wiped as far as this process alone holds it.
    ///
    /// - Throws: `Problem` also when the body breaks off, stalls or is framed wrongly: that is its sender's affair. One
    ///   that stalls has its answer by then.
    private static func bytes(of request: Request, upTo limit: Int) async throws -> SecretBytes {
        var buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw tooLarge(limit)
        } catch let stop as CancellationError {
            throw stop
        } catch {
            throw Problem(.malformedJSON, "The body broke off, or its framing is wrong. Send the whole of it.")
        }
        return buffer.withUnsafeMutableReadableBytes { received in
            let bytes = SecretBytes(UnsafeRawBufferPointer(received))
            wipe(received)
            return bytes
        }
    }

    /// `application/json`, with no parameter other than `charset=utf-8`.
    private static func checkContentType(_ headers: HTTPFields) throws {
        let parts = (headers[.contentType] ?? "").lowercased().split(separator: ";").map { part in
            part.filter { $0 != " " && $0 != "\t" && $0 != "\"" }
        }
        guard parts.first == "application/json", parts.dropFirst().allSatisfy({ $0 == "charset=utf-8" }) else {
            throw Problem(.unsupportedMediaType, "Send the body with `Content-Type: application/json`.")
        }
    }
}
