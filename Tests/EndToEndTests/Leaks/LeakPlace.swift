import Foundation

/// Where secrets are looked for.
struct LeakPlace {
    let name: String
    /// Of one file or several.
    let contents: [Data]

    init(_ name: String, _ contents: [Data]) {
        self.name = name
        self.contents = contents
    }

    init(_ name: String, _ contents: Data) { self.init(name, [contents]) }

    var size: Int { contents.reduce(0) { $0 + $1.count } }

    func findings(_ search: SecretSearch) -> Set<SecretSearch.Finding> {
        contents.reduce(into: []) { found, data in
            found.formUnion(data.withUnsafeBytes { search.findings(in: $0) })
        }
    }

    /// A copy of the only or of any one file, with each sample somewhere in it.
    func planted(_ samples: [[UInt8]], _ generator: inout some RandomNumberGenerator) -> LeakPlace {
        let samples = samples.shuffled(using: &generator)
        let old = contents.randomElement(using: &generator) ?? Data()
        var new: [UInt8] = []
        var rest = old[...]
        for (index, sample) in samples.enumerated() {
            let step = Int.random(in: 0...rest.count / (samples.count - index), using: &generator)
            new += rest.prefix(step)
            rest = rest.dropFirst(step)
            new += sample
        }
        return LeakPlace(name, Data(new + rest))
    }
}
