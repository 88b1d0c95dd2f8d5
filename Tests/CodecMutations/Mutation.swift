/// Changes one or two places, so that most messages still decode and the others go wrong in all kinds of ways.
package func mutated(_ bytes: [UInt8], _ generator: inout some RandomNumberGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...2, using: &generator) {
        let place = bytes.isEmpty ? 0 : Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0..<16, using: &generator) {
        case 0 where !bytes.isEmpty: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
        case 1 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.insert(UInt8.random(in: .min ... .max, using: &generator), at: place)
        case 3 where !bytes.isEmpty: bytes.remove(at: place)
        case 4: bytes.removeLast(min(bytes.count, Int.random(in: 0...16, using: &generator)))
        case 5: bytes += bytes.prefix(Int.random(in: 0...32, using: &generator))
        case 6 where bytes.count > 20: bytes[Int.random(in: 2..<20, using: &generator)] = 0xFF
        default:
            // A digit, in ASCII or EBCDIC: most of these still decode.
            let zero: UInt8 = Bool.random(using: &generator) ? 0x30 : 0xF0
            if !bytes.isEmpty { bytes[place] = zero + UInt8.random(in: 0...9, using: &generator) }
        }
    }
    return bytes
}
