/// Names an earlier authorization.
package enum AuthorizationLink: Hashable, Sendable {
    case authorization(AuthorizationID)
    /// Keys under which it may be known, the surest first: its message's (ISO 8583 element 90, or 56 since 1993), then
    /// those of its references. The first that is known counts.
    case message(RequestKey, aliases: [RequestKey] = [])
    /// Keys of references alone, the surest first; none when nothing is named that can be read.
    ///
    /// - Parameter awaited: the one among them under which what is named may still come. The others are only given
    ///   with an answer.
    case references([RequestKey], awaited: RequestKey?)

    package var keys: [RequestKey] {
        switch self {
        case .authorization: []
        case .message(let key, let aliases): [key] + aliases
        case .references(let keys, awaited: _): keys
        }
    }

    /// Under which what is named is waited for.
    var awaited: RequestKey? {
        switch self {
        case .authorization: nil
        case .message(let key, aliases: _): key
        case .references(_, let awaited): awaited
        }
    }
}

/// Further keys of an authorization, made of what later messages may name instead of its own message. They look like no
/// message's key, because no message type is called `nti` or `rrn`. References with a NUL, which the ledger's text cannot
/// hold, make none.
extension NetworkReferences {
    /// The key by the network's transaction identifier; nil without one.
    package func transactionKey(network: String) -> RequestKey? {
        transactionID.isEmpty || transactionID.utf8.contains(0) ? nil : "\(network):nti:\(transactionID)"
    }

    /// The key by acquirer, retrieval reference and approval code (ISO 8583 elements 32, 37 and 38); nil unless the last
    /// two are there.
    ///
    /// - Parameter approvalCode: as element 38 writes it.
    package func approvalKey(network: String, approvalCode: String) -> RequestKey? {
        let parts = [acquirer, retrievalReference, approvalCode]
        guard !retrievalReference.isEmpty, !approvalCode.isEmpty, !parts.contains(where: { $0.utf8.contains(0) }) else {
            return nil
        }
        return "\(network):rrn:\(parts.joined(separator: ":"))"
    }
}

extension AuthorizationRequest {
    /// A further key of a network's request, by the network's transaction identifier. Nil over HTTP, or without one.
    package var transactionKey: RequestKey? {
        message == nil ? nil : references.transactionKey(network: network)
    }
}
