/// What shows nothing of itself, however it is printed.
package protocol Masked: CustomStringConvertible, CustomReflectable {}

extension Masked {
    package var description: String { "\(Self.self)(…)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
