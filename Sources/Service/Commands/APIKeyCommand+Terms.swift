import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import HTTPAPI
import PostgresLedger

extension APIScope: ExpressibleByArgument {}

extension AddressRange: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

/// What an API key may do, from where, and how often.
struct APIKeyTermOptions: ParsableArguments {
    @Option(help: "What it may do; once for each.")
    var scope: [APIScope] = []

    @Option(help: "From where it may be used, such as 203.0.113.0/24; once for each.")
    var allow: [AddressRange] = []

    @Option(help: "Requests a second.")
    var rate: Int32?

    @Option(help: "How many requests may come at once; by default those of a second.")
    var burst: Int32?

    func validate() throws {
        guard allow.count <= AddressRange.largestCount else {
            throw ValidationError("give --allow at most \(AddressRange.largestCount) times")
        }
        guard rate != nil || burst == nil else { throw ValidationError("--burst goes with --rate") }
        guard rate == nil || limit != nil else {
            let (rates, bursts) = (RateLimit.ratesPerSecond.upperBound, RateLimit.bursts.upperBound)
            throw ValidationError("--rate must be 1 to \(rates), --burst 1 to \(bursts)")
        }
    }

    var terms: APIKeyTerms {
        APIKeyTerms(
            scopes: scope.isEmpty ? nil : Set(scope),
            addresses: allow.isEmpty ? nil : allow,
            rate: limit
        )
    }

    /// Those that options name.
    var parts: Set<APIKeyTerms.Part> {
        let given: [(isGiven: Bool, part: APIKeyTerms.Part)] = [
            (!scope.isEmpty, .scopes), (!allow.isEmpty, .addresses), (rate != nil, .rate),
        ]
        return Set(given.filter(\.isGiven).map(\.part))
    }

    private var limit: RateLimit? { rate.flatMap { RateLimit(perSecond: $0, burst: burst ?? $0) } }
}

extension APIKeyTerms {
    /// On one line, as lists show it.
    var listed: String {
        var parts = [scopes.map { $0.map(\.rawValue).sorted().joined(separator: " ") } ?? "all scopes"]
        if let addresses { parts.append("from \(addresses.map(\.description).joined(separator: " "))") }
        if let rate { parts.append("\(rate.perSecond) a second, \(rate.burst) at once") }
        return parts.joined(separator: "; ")
    }
}

extension APIKeyCommand {
    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "change",
            abstract: "Give an API key other terms in the place of those that it has. In force within five seconds.",
            discussion: "What no option names stays as it is."
        )

        @Argument(help: "The key's id, as the list shows it.")
        var id: String

        @OptionGroup
        var terms: APIKeyTermOptions

        @Flag(help: "It may do everything that clients may.")
        var allScopes = false

        @Flag(help: "It may be used from everywhere.")
        var fromEverywhere = false

        @Flag(help: "It has the installation's http.rate.")
        var usualRate = false

        private var removed: Set<APIKeyTerms.Part> {
            let flags: [(isGiven: Bool, part: APIKeyTerms.Part)] = [
                (allScopes, .scopes), (fromEverywhere, .addresses), (usualRate, .rate),
            ]
            return Set(flags.filter(\.isGiven).map(\.part))
        }

        func validate() throws {
            guard removed.isDisjoint(with: terms.parts) else {
                throw ValidationError(
                    "--all-scopes, --from-everywhere and --usual-rate take the place of their options"
                )
            }
            guard !terms.parts.isEmpty || !removed.isEmpty else { throw ValidationError("say what is to change") }
        }

        func run() async throws {
            let (settings, _) = try await startUp()
            let unknown = "there is no live API key \(id)"
            try await reportingFailure(refusals: ["AV001": unknown]) {
                guard let id = APIKeyID(id) else { throw Settings.Problem(description: unknown) }
                let administration = try settings.administration()
                let author = try settings.author(administration)
                let parts = terms.parts.union(removed)
                try administration.write(.change(id, parts, of: terms.terms), SignedKeyWrite(author: author?.actor))
                // Keys are never deleted, only revoked.
                for listed in try administration.apiKeys() where listed.key.id == id {
                    announce("changed \(id): \(listed.key.terms.listed)")
                }
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "Give an API key another secret and print it, once.",
            discussion: "Earlier secrets are taken until the overlap is over, and within five seconds no more."
        )

        @Argument(help: "The key's id, as the list shows it.")
        var id: String

        @Option(help: "How long earlier secrets are still taken: such as 24h, 30m or 0s; at most 90d.")
        var overlap: OverlapTime

        func run() async throws {
            let (settings, _) = try await startUp()
            let unknown = "there is no live API key \(id)"
            let refusals = ["AV001": unknown, "23505": "somebody else rotates the key"]
            try await reportingFailure(refusals: refusals) {
                guard let id = APIKeyID(id) else { throw Settings.Problem(description: unknown) }
                let administration = try settings.administration()
                let author = try settings.author(administration)
                let key = try AccessKey.random(for: .client)
                let rotation = APIKeyWrite.rotate(id, key.record, overlapSeconds: overlap.seconds)
                guard try administration.hasRoom(for: rotation) else {
                    let most = "the key has \(ListedAPIKey.mostLiveSecrets) live secrets, which is the most"
                    throw Settings.Problem(description: "\(most): wait, or give --overlap 0s")
                }
                try administration.write(rotation, SignedKeyWrite(author: author?.actor))
                announce("made another secret for the API key \(id); it is not shown again:")
                announce("export AVAL_API_KEY=\(key.text)")
            }
        }
    }
}

/// A number and a unit: `s`, `m`, `h` or `d`.
struct OverlapTime: ExpressibleByArgument {
    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    let seconds: Int64

    init?(argument: String) {
        guard let unit = argument.last.flatMap({ Self.units[$0] }), argument.utf8.count <= 9,
            let number = UInt32(argument.dropLast()), APIKeyTerms.overlaps.contains(Int64(number) * unit)
        else { return nil }
        seconds = Int64(number) * unit
    }
}
