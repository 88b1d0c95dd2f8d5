import ChildProcess
import Foundation
import Testing

@Suite struct `A program that tests run` {
    @Test func `has three streams and no more of ours, and no signal is blocked or ignored`() throws {
        let kept = Pipe()
        defer { withExtendedLifetime(kept) {} }
        let script = "cd /proc/self/fd; echo *; sed -nE 's/^Sig(Blk|Ign):\t//p' /proc/self/status"
        let output = try ChildProcess.run("/bin/bash", ["-c", script])
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
        // The fourth is the shell's own, in which it reads the folder.
        #expect(lines.first == "0 1 2 3")
        // The C library ignores two further signals, which are its own.
        #expect(lines.dropFirst().map { UInt64($0, radix: 16).map { $0 & 0x7FFF_FFFF } } == [0, 0], "\(lines)")
    }

    @Test func `is given its input and environment, and how it ends is known`() throws {
        let script = "pwd; read line; echo \"$line $NAME\"; echo no >&2; exit 3"
        let (words, environment) = (ChildProcess.Input.bytes(Array("input\n".utf8)), ["NAME": "value"])
        let process = try ChildProcess(
            "/bin/bash",
            ["-c", script],
            environment: environment,
            directory: "/usr",
            input: words
        )
        #expect(process.wait(.seconds(30)) == .exited(3))
        #expect(String(decoding: process.output, as: UTF8.self) == "/usr\ninput value\n")
        #expect(String(decoding: process.errors, as: UTF8.self) == "no\n")
        let sleeper = try ChildProcess("/bin/sleep", ["60"])
        #expect(sleeper.isRunning)
        sleeper.send(SIGTERM)
        #expect(sleeper.wait(.seconds(30)) == .signalled(SIGTERM))
        #expect(throws: ChildProcess.Failure.self) { try ChildProcess.run("/bin/false", []) }
        #expect(throws: ChildProcess.Failure.self) { try ChildProcess.run("/bin/no-such-program", []) }
    }

    @Test func `is gone with its object`() throws {
        let identifier = try ChildProcess("/bin/sleep", ["60"]).identifier
        #expect(kill(identifier, 0) == -1 && errno == ESRCH)
    }
}
