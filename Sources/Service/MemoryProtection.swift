import CLinux
import Foundation

/// Keeps what is in memory, keys and card numbers among it, out of all that a crash leaves, and off swap space.
enum MemoryProtection {
    /// What Swift's runtime catches when it is told to, to print what the processor's registers point at.
    private static let crashSignals = [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]

    /// For this process and those it starts. Crashes are left to the kernel, which writes no core file.
    ///
    /// - Throws: `Settings.Problem` when the kernel refuses.
    static func begin() throws {
        for signal in crashSignals { Foundation.signal(signal, SIG_DFL) }
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        // The limit is for core files alone: it does not hold where the kernel hands cores to a program, and nobody who
        // may trace the process minds it.
        guard setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0, aval_prctl(PR_SET_DUMPABLE, 0) == 0
        else {
            throw Settings.Problem(description: "core dumps cannot be switched off: error \(errno)")
        }
        lock()
    }

    /// Keeps each page where it is from its first use on: keys are in more places than those that hold them, such as
    /// libcrypto's contexts. Only where there is no limit for it: beyond one, memory would be refused.
    private static func lock() {
        var unlimited = rlimit(rlim_cur: .max, rlim_max: .max)
        guard setrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &unlimited) == 0 else { return }
        _ = mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)
    }
}
