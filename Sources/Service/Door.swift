import CardNetwork
import ServiceLifecycle

/// A door to the outside, which says where it stands when it cannot be opened.
struct Door<Inner: Service>: Service {
    let inner: Inner
    let host: String
    let port: Setting
    let number: Int

    func run() async throws {
        do {
            try await inner.run()
        } catch {
            throw Settings.Problem(
                description: "\(host):\(number) (\(port.variable)) cannot be served: \(reasonInWords(error))"
            )
        }
    }
}
