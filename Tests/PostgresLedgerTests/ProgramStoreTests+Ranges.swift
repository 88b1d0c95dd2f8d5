import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger
import TestSupport
import Testing

/// Whose cards' numbers begin how.
extension ProgramStoreTests {
    @Test func `no program takes numbers of another one, also not by an approval`() async throws {
        let world = try World()
        let kept = try world.kept(bin: "4000001")
        #expect(try await world.store.write(.create(kept), world.signed(0)) == .stored)
        for bin in ["400000", "4000001", "40000012"] {
            #expect(try await world.store.write(.create(world.kept(bin: bin)), world.signed(0)) == .refused)
            #expect(try await world.store.isTaken(bin: bin, except: world.kept().program.id))
            #expect(try await !world.store.isTaken(bin: bin, except: kept.program.id))
        }
        let other = try world.kept(needsApproval: true, bin: "4000002")
        #expect(try await world.store.write(.create(other), world.signed(0)) == .stored)
        var moved = world.next(other.program)
        moved.bin = "400000"
        let id = ProposalID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1)
        #expect(try await world.store.write(.propose(moved, needsApproval: true, id), world.signed(0)) == .stored)
        let proposal = try #require(try await world.store.program(moved.id, of: world.tenant)?.proposal)
        #expect(try await world.store.write(.approve(proposal), world.signed(1)) == .refused)
        #expect(try await world.store.program(moved.id, of: world.tenant)?.proposal != nil)
        let next = world.next(kept.program)
        #expect(try await world.store.write(.change(next, needsApproval: false), world.signed(0)) == .stored)
    }

    @Test func `numbers that a program has left stay its own`() async throws {
        let world = try World()
        let kept = try world.kept(bin: "400000")
        #expect(try await world.store.write(.create(kept), world.signed(0)) == .stored)
        var moved = world.next(kept.program)
        moved.bin = "500000"
        #expect(try await world.store.write(.change(moved, needsApproval: false), world.signed(0)) == .stored)
        #expect(try await world.store.write(.create(world.kept(bin: "40000012")), world.signed(0)) == .refused)
        var back = world.next(moved)
        back.bin = "400000"
        #expect(try await world.store.write(.change(back, needsApproval: false), world.signed(0)) == .stored)
    }

    @Test func `ranges of programs from an older release are found in their content`() async throws {
        let world = try World()
        for (number, version) in ([1, 63, 64, 8_191, 8_192, 2_000_000] as [Int32]).enumerated() {
            var program = try world.kept(bin: "5100\(10 + number)").program
            program.version = version
            try world.add(program)
        }
        let before = try world.database.texts("SELECT bin FROM programs ORDER BY id")
        try world.database.damage("ALTER TABLE programs DROP COLUMN bin; DROP FUNCTION is_bin_taken")
        try world.database.damage(Self.ranges())
        #expect(try world.database.texts("SELECT bin FROM programs ORDER BY id") == before && before.count == 6)
    }

    /// The part of the migration that finds them.
    private static func ranges() throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: TestDatabase.migrations.path)
        let ours = try #require(names.first { $0.hasSuffix("-clients") })
        let file = TestDatabase.migrations.appendingPathComponent("\(ours)/up.sql")
        let text = try String(contentsOf: file, encoding: .utf8)
        let start = try #require(text.range(of: "ALTER TABLE programs ADD COLUMN bin"))
        let end = try #require(text.range(of: "GRANT UPDATE (bin)"))
        return String(text[start.lowerBound..<end.lowerBound])
    }
}
