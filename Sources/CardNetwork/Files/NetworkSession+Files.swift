import AuthorizationEngine
import CardCryptography
import ISO8583
import NIOCore

/// What becomes of a file update.
enum FileReply: Sendable {
    /// It was not sent: the session is not open, not signed on, or takes no output.
    case notTaken
    /// It may have been sent; its answer did not come in time, or the connection ended.
    case unanswered
    /// DE 39 of the answer.
    case answered(String)
}

// File updates that we send.
extension NetworkSession {
    /// - Parameter reply: called once.
    func offer(_ update: FileUpdate, of pan: PAN, _ rules: FileRules, reply: @escaping @Sendable (FileReply) -> Void) {
        let key = AnswerKey(update)
        guard fileReplies[key] == nil, state.fileUpdateOffered(key, at: .now) else { return reply(.notTaken) }
        fileReplies[key] = reply
        var message = gateway.profile.message(update, of: pan, rules)
        send(message)
        // Written and logged: this copy must not keep the card's number for longer than that takes.
        message.remove(2)
        // The time of its answer is to be watched.
        run([])
    }

    func fileUpdateAnswered(by message: Message) {
        let key = AnswerKey(answer: message, to: .fileAction).flatMap { state.fileAnswerArrived($0) }
        guard let key, let reply = fileReplies.removeValue(forKey: key) else { return counts.count(.unsolicited) }
        reply(message.text(39).map { .answered($0) } ?? .unanswered)
    }

    /// The connection is gone.
    func giveUpFileUpdates() {
        let replies = fileReplies.values
        fileReplies = [:]
        for reply in replies { reply(.unanswered) }
    }
}

extension NetworkServer {
    /// Whether a session can take a file update.
    var takesFileUpdates: Bool {
        get async {
            for connection in connections {
                let isTaking = await withCheckedContinuation { answer in
                    connection.eventLoop.execute {
                        answer.resume(returning: connection.session.value.state.takesFileUpdates)
                    }
                }
                if isTaking { return true }
            }
            return false
        }
    }

    /// Sends a file update over any session that takes it, and waits for the answer.
    ///
    /// - Returns: DE 39; nil when no session took it or no answer came.
    func exchange(_ update: FileUpdate, of pan: PAN, _ rules: FileRules) async -> String? {
        for connection in connections.shuffled() {
            let reply = await withCheckedContinuation { answer in
                connection.eventLoop.execute {
                    connection.session.value.offer(update, of: pan, rules) { answer.resume(returning: $0) }
                }
            }
            switch reply {
            case .notTaken: continue
            case .unanswered: return nil
            case .answered(let code): return code
            }
        }
        return nil
    }
}
