import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Hummingbird
import Logging

/// A client's request after everything that is the same for all operations: its tenant and sender are known, its body
/// is JSON, its Idempotency-Key has the right form.
struct APIRequest: Sendable {
    var operation: APIOperation
    var requestID: String
    var tenant: TenantID
    /// Who has it carried out.
    var actor: CommandActor
    /// What the client's key may do; nil of an operator.
    var terms: APIKeyTerms?
    /// From where it comes; nil where that cannot be told.
    var address: IPAddress?
    /// The path as sent, without the query.
    var path: String
    var queryText: String?
    /// The identifier in the path, as text.
    var pathID: String
    /// Nil when the operation takes no body; an empty object when an optional body is left out.
    var body: JSONValue?
    var idempotencyKey: String?
    var logger: Logger

    /// Nil without an Idempotency-Key.
    var clientKey: ClientKey? { idempotencyKey.map { ClientKey(tenant: tenant, text: $0) } }

    /// The identifier in the path. One of the wrong form is as unknown as one that never was.
    func id<Kind>(orElse problem: Problem) throws -> Identifier<Kind> {
        guard let id = Identifier<Kind>(pathID) else { throw problem }
        return id
    }

    /// The query's parameters; unknown ones are left to the errors.
    func query(_ errors: FieldErrors) -> QueryReader {
        QueryReader(queryText, parameters: operation.parameters, errors)
    }

    /// Which page of a list with the newest first is asked for: the element before it, and how many it has at most.
    ///
    /// - Parameters:
    ///   - element: what the list is of, such as "a card".
    ///   - filter: reads the list's other parameters.
    func page<Kind, Filter>(
        of element: String,
        _ filter: (QueryReader) -> Filter
    ) throws -> (before: Identifier<Kind>?, limit: Int, filter: Filter) {
        let errors = FieldErrors()
        let query = query(errors)
        let filter = filter(query)
        let before = query.optional("before", "the id of \(element)") { Identifier<Kind>($0) }
        let limit = query.pageSize()
        try errors.check()
        return (before, limit, filter)
    }

    func page<Kind>(of element: String) throws -> (before: Identifier<Kind>?, limit: Int) {
        let (before, limit, _): (Identifier<Kind>?, Int, Void) = try page(of: element) { _ in }
        return (before, limit)
    }

    /// The body's fields.
    ///
    /// - Throws: a problem when the body is no object; unknown fields are left to the errors.
    func fields(_ names: Set<String>, _ errors: FieldErrors) throws -> ObjectReader {
        guard let reader = ObjectReader(body ?? .object([]), fields: names, errors) else {
            throw Problem.invalid(errors.list)
        }
        return reader
    }

    /// Whether the body has the field, whatever it says there.
    func hasField(_ name: String) -> Bool {
        guard case .object(let members) = body else { return false }
        return members.contains { $0.name == name }
    }

    /// The key with the keyed hash of the request; nil without a key.
    ///
    /// - Parameter secrets: what stands in for secret fields of the body, such as a PAN's index.
    func clientRequest(key: SecretKey, secrets: [String: [UInt8]] = [:]) throws -> ClientRequest? {
        guard let clientKey else { return nil }
        var form = CanonicalForm(body, secrets: secrets)
        form.write(tag: "m", Array(operation.rawValue.utf8))
        form.write(tag: "p", Array(path.utf8))
        return ClientRequest(
            key: clientKey,
            fingerprint: try Digest.hmac(form.bytes, key: key)
        )
    }
}

/// A success as it is sent.
struct APIAnswer: Sendable {
    enum Status: Int, Sendable {
        case ok = 200
        case created = 201
    }

    var status: Status
    var body: JSONOutput
    /// Whether a repeat got the stored answer.
    var isReplayed = false
    /// Address of what was made.
    var location: String?
    /// Of an approval: to be told when the answer has left.
    var delivery: Delivery?

    static func ok(_ body: JSONOutput) -> APIAnswer { APIAnswer(status: .ok, body: body) }
}
