import ISO8583
import NIOCore

extension NetworkSession {
    /// - Parameter ended: told whether all that was written until then has left.
    func write(_ output: ByteBuffer, ended: @escaping (Bool) -> Void) {
        guard let context else { return ended(false) }
        writes.begun += 1
        context.writeAndFlush(wrapOutboundOut(output)).assumeIsolated().whenComplete { [self] result in
            writes.ended += 1
            if case .success = result { ended(true) } else { ended(false) }
        }
        watchWrites()
    }

    /// Whoever takes nothing for as long as networks wait for an answer does not want it any more: the connection would
    /// keep answers and a stop waiting for ever.
    private func watchWrites() {
        guard !writes.areWatched, writes.ended < writes.begun, let context else { return }
        writes.areWatched = true
        let limit = TimeAmount(gateway.profile.dialect.deadline)
        context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [self, last = writes.begun] in
            writes.areWatched = false
            if writes.ended < last { run(state.outputStalled()) } else { watchWrites() }
        }
    }
}
