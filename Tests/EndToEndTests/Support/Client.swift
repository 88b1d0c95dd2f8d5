import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A fintech client: speaks JSON to the HTTP door.
struct Client: Sendable {
    struct Response: Sendable {
        var status: Int
        var headers: [String: String]
        var body: Data

        var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:] }

        /// The value at a path of names and indexes, such as `balances.0.posted`.
        func value(_ path: String) -> Any? {
            var value: Any? = try? JSONSerialization.jsonObject(with: body)
            for part in path.split(separator: ".") {
                if let index = Int(part), let list = value as? [Any], list.indices.contains(index) {
                    value = list[index]
                } else {
                    value = (value as? [String: Any])?[String(part)]
                }
            }
            return value
        }

        func expecting(_ status: Int) throws -> Response {
            guard self.status == status else {
                throw AvalProcess.Problem(
                    description: "status \(self.status) instead of \(status): \(String(decoding: body, as: UTF8.self))"
                )
            }
            return self
        }

        func text(_ path: String) -> String { value(path) as? String ?? "" }
        func number(_ path: String) -> Int { value(path) as? Int ?? .min }
    }

    let port: Int
    let apiKey: String
    /// For an operator's key.
    var tenant: String?

    init(port: Int, apiKey: String, tenant: String? = nil) {
        self.port = port
        self.apiKey = apiKey
        self.tenant = tenant
    }

    init(_ server: AvalProcess, _ installation: AvalProcess.Installation) {
        self.init(port: server.httpPort, apiKey: installation.apiKey)
    }

    func send(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        key: String? = nil
    ) async throws -> Response {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else {
            throw AvalProcess.Problem(description: "no URL: \(path)")
        }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        request.setValue("Bearer \(apiKey)", forHTTPHeaderField: "Authorization")
        if let tenant { request.setValue(tenant, forHTTPHeaderField: "Aval-Tenant") }
        if body != nil { request.setValue("application/json", forHTTPHeaderField: "Content-Type") }
        if let key { request.setValue(key, forHTTPHeaderField: "Idempotency-Key") }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let http = response as? HTTPURLResponse else {
            throw AvalProcess.Problem(description: "no HTTP response")
        }
        var headers: [String: String] = [:]
        for (name, value) in http.allHeaderFields { headers["\(name)".lowercased()] = "\(value)" }
        return Response(status: http.statusCode, headers: headers, body: data)
    }

    func get(_ path: String) async throws -> Response { try await send("GET", path) }

    func post(_ path: String, _ body: String = "{}", key: String? = nil) async throws -> Response {
        try await send("POST", path, body, key: key)
    }

    /// A new account with money on it and a card.
    ///
    /// - Parameter program: nil for the first one.
    func openAccount(funded amount: Int, currency: String = "EUR", program: String? = nil) async throws -> Holder {
        let first = try await get("/v1/programs").expecting(200).text("items.0.id")
        let account = try await post(
            "/v1/accounts",
            #"{"program_id":"\#(program ?? first)","balances":[{"currency":"\#(currency)"}]}"#
        ).expecting(201).text("id")
        _ = try await post(
            "/v1/accounts/\(account)/fundings",
            #"{"amount":{"amount":\#(amount),"currency":"\#(currency)"}}"#,
            key: "fund-\(account)"
        ).expecting(201)
        let card = try await post("/v1/accounts/\(account)/cards").expecting(201).text("id")
        let pan = try await post("/v1/cards/\(card)/reveal").expecting(200).text("pan")
        return Holder(account: account, card: card, pan: pan)
    }

    func authorize(_ card: String, _ amount: Int, key: String? = nil) async throws -> Response {
        try await post("/v1/authorizations", Self.purchase(card: card, amount), key: key)
    }

    /// Posted, pending debits, and what is available of the first balance.
    func balance(_ account: String) async throws -> [Int] {
        let response = try await get("/v1/accounts/\(account)")
        return ["posted", "pending_debits", "available"].map { response.number("balances.0.\($0)") }
    }

    static func purchase(card: String, _ amount: Int, currency: String = "EUR") -> String {
        """
        {"card_id":"\(card)","transaction_amount":{"amount":\(amount),"currency":"\(currency)"},"kind":"purchase",
         "merchant":{"name":"Cafe","id":"M1","mcc":"5812","country":"ES","city":"Madrid"}}
        """
    }
}

/// A customer of a test.
struct Holder: Sendable {
    let account: String
    let card: String
    let pan: String
}
