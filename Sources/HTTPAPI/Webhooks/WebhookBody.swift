import AuthorizationCore
import AuthorizationEngine
import ISO8583

/// What a client says of an endpoint.
struct WebhookBody {
    static let descriptionLength = 0...200

    var url: WebhookURL?
    /// Nil when it is not said.
    var types: Set<EventType>?
    var description: String?
    var isEnabled: Bool?

    /// - Parameter isNew: whether the address must be there, and whether it can be enabled.
    init(_ request: APIRequest, isNew: Bool) throws {
        let errors = FieldErrors()
        let names: Set<String> = ["url", "event_types", "description"]
        let fields = try request.fields(isNew ? names : names.union(["enabled"]), errors)
        url = isNew ? fields.required("url", .webhookURL) : fields.optional("url", .webhookURL)
        types = fields.optional("event_types", .eventTypes)
        description = fields.optional("description", .note(Self.descriptionLength))
        if !isNew { isEnabled = fields.optional("enabled", .boolean) }
        if !isNew, names.union(["enabled"]).allSatisfy({ !fields.has($0) }) {
            errors.add("", "Give at least one field to change.")
        }
        try errors.check()
    }

    func change(_ endpoint: inout WebhookEndpoint, at now: Instant) {
        if let url { endpoint.url = url }
        if let types { endpoint.types = types }
        if let description { endpoint.description = description }
        switch isEnabled {
        case true:
            endpoint.disabled = nil
            endpoint.failingSince = nil
        case false: endpoint.disabled = endpoint.disabled ?? .init(reason: .asked, at: now)
        case nil: break
        }
    }
}

extension FieldType where Value == WebhookURL {
    fileprivate static var webhookURL: FieldType {
        .text(
            """
            an address such as https://example.com/events, scheme and host in lower case, of 500 bytes at most, \
            without user, fragment or card number
            """
        ) { $0.holdsCardNumber ? nil : WebhookURL($0) }
    }
}

extension FieldType where Value == Set<EventType> {
    static var eventTypes: FieldType {
        let list = FieldType<[EventType]>.list(of: .eventType, 1...EventType.allCases.count)
        return FieldType { list.read($0, $1, $2).map { Set($0) } }
    }
}

extension FieldType where Value == EventType {
    fileprivate static var eventType: FieldType {
        .text("one of: \(EventType.names)") { EventType(rawValue: $0) }
    }
}

extension EventType {
    /// All of them, for who sent another one.
    static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
