import Logging
import Synchronization

/// Keeps how serious what is logged was.
final class Levels: LogHandler {
    private let kept = Mutex<[Logger.Level]>([])

    var highest: Logger.Level? { kept.withLock { $0.max() } }

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { kept.withLock { $0.append(event.level) } }
}
