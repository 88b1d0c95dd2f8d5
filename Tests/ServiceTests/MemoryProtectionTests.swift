import CLinux
import Foundation
import Testing

@testable import Service

@Suite struct `Memory that is protected` {
    @Test func `is in no core file, and nobody else may read it`() async {
        await #expect(processExitsWith: .success) {
            try MemoryProtection.begin()
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
            #expect(limit.rlim_cur == 0 && limit.rlim_max == 0)
            #expect(aval_prctl(PR_GET_DUMPABLE, 0) == 0)
        }
    }

    @Test func `is never swapped where locking it has no limit`() async {
        await #expect(processExitsWith: .success) {
            func locked() throws -> Int {
                let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
                let line = status.split(separator: "\n").first { $0.hasPrefix("VmLck:") }
                return line.flatMap { Int($0.filter(\.isNumber)) } ?? -1
            }
            try MemoryProtection.begin()
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit)
            #expect(try locked() > 0 || limit.rlim_cur != .max)
            // More memory than any limit that is usual for locking.
            let bytes = [UInt8](repeating: 1, count: 1 << 28)
            #expect(bytes.last == 1)
        }
    }

    @Test func `is protected in every command`() async {
        await #expect(processExitsWith: .success) {
            await AvalCommand.start(["dialect", "list"])
            #expect(aval_prctl(PR_GET_DUMPABLE, 0) == 0)
        }
    }

    @Test func `is not shown by what the runtime says of a crash`() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            signal(SIGSEGV) { _ in _exit(EXIT_SUCCESS) }
            try MemoryProtection.begin()
            raise(SIGSEGV)
        }
    }
}
