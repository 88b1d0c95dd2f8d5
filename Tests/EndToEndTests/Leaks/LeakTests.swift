import AuthorizationCore
import Foundation
import ISO8583
import TestSupport
import Testing

@Suite struct `What leaves memory` {
    /// Of messages of networks and requests of clients.
    private static let fewest = 10_000

    @Test(.timeLimit(.minutes(15)))
    func `has no card number, PIN, PIN block, track, CAVV or key in it, whatever goes wrong`() async throws {
        let seed = TestEnvironment.seed(for: "leaks")
        let world = try await LeakWorld(seed: seed)
        let story = try await LeakStory(world, seed: seed)
        let issuing = try LeakIssuing(world, story)
        // Before there is more to do than the service may be able to answer.
        let told = try await story.run()
        let issued = try await issuing.run()
        let (sent, errors) = try await Self.play(world, seed)
        #expect(sent + told >= Self.fewest)
        let places = try await Self.places(world, errors, issuing.bureau, issued)
        let secrets = try world.secrets() + story.known + issued.secrets
        let all = Set(
            secrets.flatMap { secret in
                secret.encodings.map { SecretSearch.Finding(secret: secret.name, encoding: $0) }
            }
        )
        for result in try await onOwnThread({ Self.search(places, for: secrets, seed) }) {
            #expect(result.found.isEmpty, "\(result.place)")
            #expect(result.planted == all, "planted in \(result.place)")
        }
        try Self.expectWorked(world, places)
    }

    private struct SearchResult {
        var place: String
        var found: Set<SecretSearch.Finding>
        /// What is found in a copy with all secrets in it.
        var planted: Set<SecretSearch.Finding>
    }

    private static func search(_ places: [LeakPlace], for secrets: [KnownSecret], _ seed: UInt64) -> [SearchResult] {
        let search = SecretSearch(secrets)
        // Of each secret in each encoding.
        let samples = secrets.flatMap { secret in secret.encodings.map { $0.sample(of: secret) } }
        var generator = SplitMix64(seed: seed)
        return places.map { place in
            SearchResult(
                place: place.name,
                found: place.findings(search),
                planted: place.planted(samples, &generator).findings(search)
            )
        }
    }

    /// Sends everything; returns how much, and what clients were told of their errors.
    private static func play(
        _ world: LeakWorld,
        _ seed: UInt64
    ) async throws -> (sent: Int, errors: [Data]) {
        let dialects: [Dialect] = [
            .iso87ASCIIHexBitmap, .iso87BCD, .iso87EBCDIC, .iso93ASCIIBinaryBitmap, .iso87ASCIIHexBitmap,
        ]
        let pans = world.holders.map(\.pan)
        let card = world.card
        async let network = withThrowingTaskGroup(of: Int.self) { group in
            for (index, (dialect, port)) in zip(dialects, world.server.networkPorts).enumerated() {
                let wire = try Wire(port: port, dialect: dialect)
                group.addTask {
                    try await onOwnThread {
                        var traffic = LeakTraffic(wire, pans, card, seed: seed &+ UInt64(index))
                        try traffic.run(fewest / dialects.count)
                        return traffic.sent
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        let errors = try await LeakRequests(client: world.client, card: card).run(world.holders)
        return (try await network + errors.count, errors)
    }

    /// Everywhere that something is left after a crash.
    private static func places(
        _ world: LeakWorld,
        _ errors: [Data],
        _ bureau: LeakBureau,
        _ issued: LeakIssuing.Outcome
    ) async throws -> [LeakPlace] {
        let metrics = try await world.client.get("/metrics").body
        let commands = try [
            ["messages", "list", "--limit", "10000"], ["exceptions", "list"], ["keys", "list"],
            ["network", "files", "list"], ["network", "files", "check"], ["operator", "actions"],
        ].map {
            let ended = try AvalProcess.command($0, on: world.installation.database)
            return Data((ended.output + ended.errors).utf8)
        }
        let log = world.server.written
        let wire = try Wire(port: world.server.networkPorts[0])
        let factory = MessageFactory(pan: world.holders[0].pan)
        try wire.write((0..<500).map { world.card.payment(factory.purchase(10, trace: $0), pan: factory.pan) })
        #expect(world.server.crash(by: SIGSEGV) == SIGSEGV)
        let redis = try world.stores.redisDump()
        let dump = try world.stores.dump(of: world.installation.database)
        try world.stores.stopPostgres()
        return [
            LeakPlace("log", log), LeakPlace("crash", world.server.written.dropFirst(log.count)),
            LeakPlace("metrics", metrics), LeakPlace("errors", Data((errors + issued.errors).joined())),
            LeakPlace("commands", commands + issued.commands), LeakPlace("orders", try bureau.files()),
            LeakPlace("PostgreSQL's log", try world.stores.postgresLog()), LeakPlace("pg_dump", dump),
            LeakPlace("data directory", try world.stores.postgresFiles()), LeakPlace("Redis", redis),
        ]
    }

    /// What each network's messages and answers are counted as: also of 1993, and of right and wrong proofs and keys.
    private static let metrics = [
        "event=\"received\"", "network=\"test\",event=\"key_changed\"} 1\n",
        "network=\"test\",event=\"key_refused\"} 1\n", "network=\"test\",mti=\"0100\",code=\"63\"",
        "network=\"cd-ascii\",mti=\"0200\",code=\"00\"", "network=\"7-ebcdic\",mti=\"0100\",code=\"00\"",
        "network=\"inbitmap\",mti=\"1100\",code=\"000\"", "network=\"inbitmap\",mti=\"1420\",code=\"400\"",
        "network=\"exbitmap\",mti=\"0100\",code=\"55\"", "network=\"exbitmap\",mti=\"0100\",code=\"75\"",
        "network=\"exbitmap\",mti=\"0100\",code=\"82\"", "network=\"exbitmap\",mti=\"0100\",code=\"N7\"",
    ]

    /// Nothing is found in what is empty: all of it must have been used, and the failures have happened.
    private static func expectWorked(_ world: LeakWorld, _ places: [LeakPlace]) throws {
        for place in places { print("\(place.name): \(place.size) bytes") }
        func text(_ name: String) -> String {
            places.first { $0.name == name }?.contents.map { String(decoding: $0, as: UTF8.self) }.joined() ?? ""
        }
        let metrics = text("metrics")
        #expect(text("log").contains("SQLSTATE 23514 at constraint no_such_hold"))
        #expect(text("log").contains("a message cannot be read"))
        #expect(text("log").contains("card numbers are tried out at a merchant"))
        #expect(metrics.contains("acceptor=\"\(LeakTraffic.triedMerchant)\""))
        #expect(text("PostgreSQL's log").contains("violates check constraint \"no_such_hold\""))
        for part in ["DETAIL:  Failing row contains", "STATEMENT:  ", "parameters: $1 = "] {
            #expect(text("PostgreSQL's log").contains(part), "\(part)")
        }
        #expect(text("log").contains("a network refuses a file update"))
        #expect(text("commands").contains("  refused  "))
        #expect(Self.metrics.filter { !metrics.contains($0) } == [])
        #expect(text("errors").contains("problem"))
        #expect(text("pg_dump").contains("COPY public.journal"))
        // Binary rows of the journal alone take so much.
        #expect((places.first { $0.name == "data directory" }?.size ?? 0) > 50_000_000)
        #expect(text("Redis").hasPrefix("REDIS"))
        #expect(!text("crash").contains("Registers"))
    }
}
