extension DecisionContext {
    /// A hold, or a single message's posting, whose answer may not have arrived is uncertain until a repeat's answer
    /// arrives, or until a reversal, an advice or a clearing settles it. Where that changes nothing, nothing is
    /// journaled.
    func record(_ delivery: DeliveryRecord) -> Decision {
        guard var authorization = state.authorizations[delivery.authorization] else {
            return .refused(.authorizationNotFound)
        }
        let stands = authorization.held > 0 || authorization.isSingleMessage && authorization.posted > 0
        guard authorization.uncertain == delivery.hasArrived, delivery.hasArrived || stands else {
            return .refused(.transitionNotAllowed)
        }
        authorization.uncertain = !delivery.hasArrived
        return Decision(.acknowledged(.applied, authorization.id), changes: [.authorization(authorization)])
    }
}
