import ArgumentParser
import CardCryptography
import Foundation

struct KeyFilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key-files",
        abstract: "The installation's own keys, in AVAL_KEYS_DIRECTORY.",
        subcommands: [Wrap.self]
    )

    struct Wrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "wrap",
            abstract: "Wrap the keys that are in clear under the master key.",
            discussion: """
                The master key is AVAL_HSM_KEY of the token that AVAL_HSM_MODULE, AVAL_HSM_TOKEN and AVAL_HSM_PIN_FILE \
                name, and is made there if it is missing; without a module it is master.key of the directory. Files \
                that are wrapped stay as they are. Stop Aval before the first time; a new vault-kek-N.key is wrapped \
                while it serves. Destroy all copies in clear after.
                """
        )

        func run() async throws {
            do {
                let (settings, _) = try await startUp()
                let master =
                    try settings.raw(.hsmModule).value == nil
                    ? settings.masterKey() : settings.moduleKey(isMade: true)
                guard let master else {
                    throw Settings.Problem(
                        description: "there is no master key: set \(Setting.hsmModule.variable), or make master.key"
                    )
                }
                let directory = try settings.text(.keysDirectory)
                for name in KeyFiles.names(in: directory) {
                    announce(try KeyFiles.wrap(name, in: directory, under: master) ? "wrapped \(name)" : "kept \(name)")
                }
            } catch {
                throw fail("\(error)")
            }
        }
    }
}
