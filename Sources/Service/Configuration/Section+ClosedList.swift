import AuthorizationCore
import YAMLFiles

extension Section {
    /// One of a closed list, by name.
    func listed<Value: ClosedList>(_ key: String) -> Value? { choice(key, among: names()) }
}

/// All of a closed list, as files write them.
func names<Value: ClosedList>() -> [(name: String, value: Value)] { Value.allCases.map { ($0.name, $0) } }
