extension DecisionContext {
    mutating func advise(_ advice: Advice) -> Decision {
        Decision(.acknowledged(.exception(.amountOutOfRange), nil))
    }
}
