import AuthorizationCore
import CardCryptography

// The values that contactless cards make anew for each payment: dCVV and CVC3.
extension CardVerifier {
    /// Nil when the track has none where the program's cards put it.
    func dynamicValue(
        in track: TrackProof,
        _ verification: DynamicValueVerification,
        of job: VerificationJob
    ) async -> Comparison? {
        guard let presented = DynamicTrack(track, of: job.proofs.pan, verification.layout) else { return nil }
        // Of no other card than one that is in use: the chip of one that has ended makes values still.
        let number = track.sequenceNumber
        var found: [Comparison] = []
        for instance in job.instances(of: track) where number == nil || instance.sequenceNumber == number {
            found.append(await verify(presented, of: instance, verification, job))
        }
        return Comparison(ofAll: found)
    }

    /// Each instance's chip has a master key of its own.
    private func verify(
        _ presented: DynamicTrack,
        of instance: CardInstance,
        _ verification: DynamicValueVerification,
        _ job: VerificationJob
    ) async -> Comparison {
        let sequenceNumber = instance.sequenceNumber
        guard let card = ChipCard(job.proofs.pan, sequenceNumber, verification.derivation) else {
            return Comparison(.notVerified)
        }
        var counter: TrackCounterFacts?
        var comparison = await compare(with: verification.key, .dynamicNumbers, [instance], job) {
            [modules] name throws(PaymentCryptographyError) in
            let counters = try await modules.holder(of: name).verify(
                presented.value,
                of: presented.number,
                counters: presented.counters,
                card: card,
                key: name
            )
            let found = TrackCounterFacts(sequenceNumber: sequenceNumber, counters: counters)
            counter = counter ?? found
            return found != nil
        }
        if comparison.result == .match { comparison.counter = counter }
        return comparison
    }
}

extension VerificationJob {
    /// The card's active ones with the track's expiry: what has ended carries and makes right values still.
    func instances(of track: TrackProof) -> [CardInstance] { allInstances(of: track).filter(\.active) }

    /// Those that have ended as well.
    func allInstances(of track: TrackProof) -> [CardInstance] {
        profile.instances.filter { DecimalDigits($0.expiry, .yearFirst) == track.expiry }
    }
}

/// What a card has put into its track, by the layout of its program's cards.
private struct DynamicTrack {
    let value: SecretDigits
    let number: DynamicNumber
    /// All whose last digits are those in the track.
    let counters: [UInt16]

    /// Nil when the issuer's data end before the last of it, or have something else than digits there.
    init?(_ track: TrackProof, of pan: PAN, _ layout: DynamicValueVerification.Layout) {
        let data = ContactlessTrack(
            pan: pan,
            expiry: track.expiry,
            serviceCode: track.serviceCode,
            discretionary: track.discretionary
        )
        let counter: Int
        switch layout {
        case .dcvv(let valueOffset, let counterOffset):
            let (first, counterFirst) = (Int(valueOffset), Int(counterOffset))
            guard let value = data.digits(first..<first + CardVerification.length).flatMap(Self.secretDigits),
                let digits = data.digits(counterFirst..<counterFirst + 4)
            else { return nil }
            self.value = value
            number = .dcvv(expiry: track.expiry, serviceCode: track.serviceCode)
            counter = Self.number(digits, 0..<4)
        case .cvc3(let layout):
            let split = Int(layout.counterDigits)
            guard let value = data.digits(at: layout.value).flatMap(Self.secretDigits),
                let numbers = data.digits(at: layout.numbers),
                // The last digit, which says how long the unpredictable number is, is zero in the card.
                let template = try? data.template(without: layout.value | layout.numbers | 1)
            else { return nil }
            self.value = value
            number = .cvc3(trackTemplate: template, unpredictableNumber: Self.packed(numbers, from: split))
            counter = Self.number(numbers, 0..<split)
        }
        let step = layout.counterDigits == 5 ? 100_000 : layout.counterDigits == 4 ? 10_000 : 1_000
        counters = stride(from: counter, through: Int(UInt16.max), by: step).map { UInt16($0) }
    }

    private static func secretDigits(_ digits: SecretBytes) -> SecretDigits? {
        digits.withExposedBytes { SecretDigits(ascii: $0, counts: 3...5) }
    }

    private static func number(_ digits: SecretBytes, _ range: Range<Int>) -> Int {
        digits.withExposedBytes { $0[range].reduce(0) { $0 * 10 + Int($1 & 0xF) } }
    }

    private static func packed(_ digits: SecretBytes, from start: Int) -> UInt32 {
        digits.withExposedBytes { $0.dropFirst(start).reduce(0) { $0 << 4 | UInt32($1 & 0xF) } }
    }
}
