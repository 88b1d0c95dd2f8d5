import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import PostgresLedger

extension KeysCommand {
    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "approve",
            abstract: "Let another operator's import or destruction take effect.",
            discussion: "Compare the check value with what the other side has told you, apart from the key itself."
        )

        @Argument(help: "The key's id.")
        var name: KeyName

        @Option(help: "Which version; the one that waits when there is only one.")
        var version: Int32?

        @Option(help: "The key's check value, so that you approve what you mean.")
        var checkValue: CheckValue

        func run() async throws {
            let (settings, _) = try await startUp()
            try await KeyWork.report {
                let work = try KeyWork(settings)
                let record = try work.version(version, of: name, or: { $0.waitsFor != nil }, "not one version waits")
                guard checkValue.bytes == record.key.checkValue.prefix(checkValue.bytes.count).map({ $0 }) else {
                    throw PaymentCryptographyError.checkValueMismatch
                }
                switch record.waitsFor {
                case .importing:
                    try await work.check(record.key)
                    try work.administration.approveImport(of: record, by: work.author)
                    work.done("active is", name, record.key.version, record.key.checkValue)
                case .destruction:
                    try work.administration.approveDestruction(of: record.key, by: work.author)
                    work.done("destroyed", name, record.key.version, record.key.checkValue)
                case nil:
                    throw Settings.Problem(description: "\(name) version \(record.key.version) waits for no approval")
                }
            }
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retire",
            abstract: "Take a version out of use, at once and for good.",
            discussion: """
                Cards live with the versions of C0, E0 to E4, V1 and V2 that made what they have: retire one when its \
                cards are gone, or its PINs are set anew, with --ends-cards. Wait five seconds after `rotate`: until \
                then other processes give it to new cards.
                """
        )

        @Argument(help: "The key's id.")
        var name: KeyName

        @Option(help: "Which version; the previous one when none is named. Without its active one, a key is of no use.")
        var version: Int32?

        @Flag(help: "What cards have of the version may be of no use any more.")
        var endsCards = false

        func run() async throws {
            let (settings, _) = try await startUp()
            try await KeyWork.report {
                let work = try KeyWork(settings)
                let isPrevious: (KeyVersion) -> Bool = { $0.key.state == .previous }
                let record = try work.version(version, of: name, or: isPrevious, "not one version is previous")
                if let loss = record.key.terms.usage.loss, !endsCards {
                    throw Settings.Problem(
                        description: "without \(name) version \(record.key.version) \(loss): say --ends-cards if that "
                            + "is meant"
                    )
                }
                try work.administration.retire(record.key, by: work.author)
                work.done("retired", name, record.key.version, record.key.checkValue)
            }
        }
    }

    struct Destroy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "destroy",
            abstract: "Destroy a retired version, or an import that is not wanted; takes two operators.",
            discussion: """
                It takes effect when another operator approves. What it protected cannot be read any more. Where nobody \
                may approve, because all others are newer than the proposal or gone, run it again.
                """
        )

        @Argument(help: "The key's id.")
        var name: KeyName

        @Option(help: "Which version.")
        var version: Int32

        func run() async throws {
            let (settings, _) = try await startUp()
            try await KeyWork.report {
                let work = try KeyWork(settings)
                let record = try work.version(version, of: name, or: { _ in false }, "")
                switch record.key.state {
                case .active, .previous:
                    throw Settings.Problem(
                        description: "\(name) version \(version) is \(record.key.state.name): retire it first"
                    )
                case .destroyed: throw Settings.Problem(description: "\(name) version \(version) is destroyed already")
                case .pending, .retired: break
                }
                try work.administration.proposeDestruction(of: record.key, by: work.author)
                work.done("another operator has to approve the end of", name, version, record.key.checkValue)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the keys: id, version, state, usage, direction, owner, algorithm, check value, custody."
        )

        @Flag(help: "Also retired and destroyed versions.")
        var all = false

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let records = try settings.administration().keys().filter { record in
                    switch record.key.state {
                    case .pending, .active, .previous: true
                    case .retired, .destroyed: all
                    }
                }
                announce(records.map(\.columns), orElse: "no keys")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show all versions of a key, and who did what with them."
        )

        @Argument(help: "The key's id.")
        var name: KeyName

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let records = try settings.administration().keys(name)
                guard !records.isEmpty else { throw Settings.Problem(description: "there is no key \(name)") }
                announce(records.map { $0.columns + $0.history }, orElse: "no versions")
            }
        }
    }
}

extension KeyUsage {
    /// What becomes of the cards that a version was used for; nil for keys that cards do not live with.
    fileprivate var loss: String? {
        switch self {
        case .ibm3624, .visaPVV:
            "PINs that were set under it are not verified until they are set anew, and wrong where it is not known "
                + "under which version they were set"
        case .cardVerification:
            "what its cards have on the stripe, in the chip and in print is not verified, and wrong and counted where it "
                + "is not known of which version they are"
        case .applicationCryptograms, .dataAuthenticationCode, .dynamicNumbers:
            "what the chips of its cards compute is not verified, and wrong where it is not known of which version they "
                + "are"
        case .secureMessagingConfidentiality, .secureMessagingIntegrity:
            "the chips of its cards are sent no commands, and where it is not known of which version they are, commands "
                + "under another one, which they do not obey"
        case .baseDerivation, .dataEncryption, .keyEncryption, .keyBlockProtection, .macAlgorithm1, .macAlgorithm3,
            .cmac, .pinEncryption:
            nil
        }
    }
}

extension KeyVersion {
    fileprivate var columns: [String] {
        let owner =
            switch key.terms.owner {
            case .installation: "-"
            case .network(let name): "network \(name)"
            case .program(let id): "\(id)"
            }
        return [
            "\(key.name)", "\(key.version)", key.state.name, key.terms.usage.rawValue, key.terms.direction.name, owner,
            key.algorithm == .aes ? "aes" : "tdes", key.checkValue.hexadecimal, key.custody.name,
        ]
    }

    fileprivate var history: [String] {
        var parts = ["since \(stateSince.listed)", "made \(createdAt.listed) by \(proposedBy ?? "the network")"]
        if let components { parts.append("\(components.brought) of \(components.wanted) components") }
        if let approvedBy { parts.append("approved by \(approvedBy)") }
        if key.state == .previous { parts.append("taken until \(key.previousUntil?.listed ?? "it is retired")") }
        if let destructionProposedBy { parts.append("end proposed by \(destructionProposedBy)") }
        if let destructionApprovedBy { parts.append("end approved by \(destructionApprovedBy)") }
        return [parts.joined(separator: ", ")]
    }
}
