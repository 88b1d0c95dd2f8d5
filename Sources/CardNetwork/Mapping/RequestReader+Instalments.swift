import AuthorizationCore
import ISO8583

extension RequestReader {
    /// Nil when the payment is in one part, or when an advice tells its parts in a way that cannot be read.
    func instalments(of message: Message, _ currency: Currency) throws(Unacceptable) -> Instalments? {
        do throws(Unacceptable) {
            guard let funding = try indicated(profile.indicators.instalmentFunding, by: message) else { return nil }
            let amount = try number(at: profile.indicators.instalmentAmount, of: message)
            guard let count = try number(at: profile.indicators.instalmentCount, of: message),
                let instalments = Instalments(
                    funding: funding,
                    count: count,
                    amount: try minorUnits(amount, currency)
                )
            else { throw Unacceptable(.formatError) }
            return instalments
        } catch {
            guard message.isAdvice else { throw error }
            return nil
        }
    }

    private func minorUnits(_ amount: Int64?, _ currency: Currency) throws(Unacceptable) -> Int64? {
        guard let amount else { return nil }
        return try profile.minorUnits(amount, currency)
    }

    /// Nil when it is not told; a format error when it is not of digits, at most twelve.
    private func number(at location: ElementLocation?, of message: Message) throws(Unacceptable) -> Int64? {
        guard let text = try location?.text(in: message, profile.dialect) else { return nil }
        guard text.utf8.count <= 12, text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else {
            throw Unacceptable(.formatError)
        }
        return Int64(text)
    }
}
