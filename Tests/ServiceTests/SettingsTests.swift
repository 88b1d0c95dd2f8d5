import Testing
import YAMLFiles

@testable import Service

@Suite struct `All settings` {
    @Test(arguments: [
        ("AVAL_LANE", "AVAL_LANES"), ("AVAL_HTTP_PROT", "AVAL_HTTP_PORT"), ("AVAL_CONFIGFILE", "AVAL_CONFIG_FILE"),
        ("AVAL_SOMETHING_ELSE", nil), ("AVAL_", nil),
    ])
    func `tell variables that name none, and what is nearly the same`(_ name: String, _ nearest: String?) {
        let unknown = Settings(environment: [name: "1", "AVAL_LANES": "2", "PATH": "/bin"]).unknownVariables
        #expect(unknown.map(\.name) == [name] && unknown.first?.nearest == nearest)
    }

    @Test(arguments: [
        "AVAL_CONFIG_FILE", "AVAL_DATABASE_OWNER_URL", "AVAL_API_KEY", "AVAL_LOCAL_DIRECTORY", "AVAL_TEST_REDIS_URL",
        "AVAL_BENCH_DEPTHS", "AVALANCHE",
    ])
    func `leave alone what is known, or is for clients and scripts`(_ name: String) {
        #expect(Settings(environment: [name: "x"]).unknownVariables.isEmpty)
    }

    @Test(arguments: [
        (#"{"lanes": 4}"#, ["lanes": "4"]),
        (#"{"http": {"port": 0, "host": "::1"}}"#, ["http.port": "0", "http.host": "::1"]),
        (#"{"redis": {"url": null}}"#, [:]), (#"{"database": {"owner": {"url": "x"}}}"#, ["database.owner.url": "x"]),
        (#"{"http.port": 1}"#, ["http.port": "1"]),
    ])
    func `of a file go by their keys`(_ file: String, _ values: [String: String]) throws {
        #expect(try SettingsFile.read(Array(file.utf8), file: "aval.json") == values)
    }

    @Test(arguments: [
        (#"{"lane": 2}"#, "aval.json:1: lane: is no setting; lanes is"),
        (#"{"lane": 2, "http": {"prt": 1}}"#, "aval.json:1: http.prt: is no setting; http.port is"),
        (#"{"colour": "red"}"#, "aval.json:1: colour: is no setting"),
        (#"{"lanes": [2]}"#, "aval.json:1: lanes: a text or a number is expected"),
        (#"{"http": 8080}"#, "aval.json:1: http: a mapping is expected"),
        (#"{"lanes": 2, "lanes": 3}"#, "is there twice"), ("{", "is not YAML: "),
        ("2", "a mapping is expected"),
    ])
    func `that a file cannot have are refused, with their place`(_ file: String, _ words: String) {
        #expect { try SettingsFile.read(Array(file.utf8), file: "aval.json") } throws: { "\($0)".contains(words) }
    }

    @Test(arguments: [
        ("lanes", "2.5", "must be a whole number from 1 to 64"),
        ("lanes", "true", "must be a whole number from 1 to 64"),
        ("database.url", "mysql://x", "must be PostgreSQL's"), ("database.owner.url", "x", "must be PostgreSQL's"),
        ("redis.url", "http://x", "the scheme must be redis"), ("log.level", "loud", "must be one of trace"),
    ])
    func `with a value that cannot be are wrong, whatever they come from`(
        _ key: String,
        _ value: String,
        _ words: String
    ) throws {
        let setting = try #require(Setting.all.first { $0.key == key })
        for settings in [
            Settings(environment: [setting.variable: value]), Settings(environment: [:], file: [key: value]),
        ] {
            #expect(settings.problem(setting)?.hasPrefix(words) == true)
            #expect { try settings.text(setting) } throws: { "\($0)".hasPrefix("\(setting.variable) \(words)") }
        }
    }

    @Test(arguments: ["postgresql://aval:pw@127.0.0.1:5432/aval", "host=/tmp dbname=aval"])
    func `take a database in both of PostgreSQL's forms`(_ url: String) {
        #expect(Settings(environment: ["AVAL_DATABASE_URL": url]).problem(.databaseURL) == nil)
    }
}
