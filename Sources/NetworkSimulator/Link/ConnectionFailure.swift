import Foundation
import NIOCore
import NIOPosix

/// Why something was not done at an address, for people: of a connection that cannot be made, what came of it.
package func reason(_ error: any Error) -> String {
    guard let failure = error as? NIOConnectionError else { return "\(error)" }
    let codes = failure.connectionErrors.compactMap { ($0.error as? IOError)?.errnoCode }
    if codes.contains(ECONNREFUSED) { return "nothing listens there" }
    if let code = codes.first { return "it cannot be reached: \(String(cString: strerror(code)))" }
    let hasAddress = failure.dnsAError == nil && failure.dnsAAAAError == nil || !failure.connectionErrors.isEmpty
    return hasAddress ? "it does not answer" : "the name has no address that is known here"
}
