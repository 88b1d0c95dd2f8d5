import Foundation
import NIOCore

/// Why a port could not be opened, as the system says it: "Address already in use".
package func reasonInWords(_ error: any Error) -> String {
    guard let error = error as? IOError else { return "\(error)" }
    return String(cString: strerror(error.errnoCode))
}
