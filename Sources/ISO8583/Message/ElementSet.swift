/// A set of element numbers, 1...192, as up to three bit maps of 64.
///
/// As on the wire, the most significant bit of the first word is number 1.
package struct ElementSet: Hashable, Sendable {
    var first: UInt64
    var second: UInt64
    var third: UInt64

    package init() {
        self.first = 0
        self.second = 0
        self.third = 0
    }

    /// Numbers outside 1...192 are left out.
    package init(_ numbers: some Sequence<Int>) {
        self.init()
        for number in numbers { self.insert(number) }
    }

    /// Whether the number is in the set; false for numbers outside 1...192.
    @inline(__always)
    package func contains(_ number: Int) -> Bool {
        switch (number &- 1) >> 6 {
        case 0: self.first & Self.bit(number) != 0
        case 1: self.second & Self.bit(number) != 0
        case 2: self.third & Self.bit(number) != 0
        default: false
        }
    }

    /// A number outside 1...192 is ignored.
    @inline(__always)
    package mutating func insert(_ number: Int) {
        switch (number &- 1) >> 6 {
        case 0: self.first |= Self.bit(number)
        case 1: self.second |= Self.bit(number)
        case 2: self.third |= Self.bit(number)
        default: break
        }
    }

    package mutating func remove(_ number: Int) {
        switch (number &- 1) >> 6 {
        case 0: self.first &= ~Self.bit(number)
        case 1: self.second &= ~Self.bit(number)
        case 2: self.third &= ~Self.bit(number)
        default: break
        }
    }

    package var isEmpty: Bool { self.first | self.second | self.third == 0 }

    package var count: Int {
        self.first.nonzeroBitCount + self.second.nonzeroBitCount + self.third.nonzeroBitCount
    }

    package func union(_ other: ElementSet) -> ElementSet {
        ElementSet(self.first | other.first, self.second | other.second, self.third | other.third)
    }

    package func intersection(_ other: ElementSet) -> ElementSet {
        ElementSet(self.first & other.first, self.second & other.second, self.third & other.third)
    }

    package func subtracting(_ other: ElementSet) -> ElementSet {
        ElementSet(self.first & ~other.first, self.second & ~other.second, self.third & ~other.third)
    }

    /// The members below `number`, 1...192.
    func below(_ number: Int) -> ElementSet {
        var below = ElementSet()
        for member in self where member < number { below.insert(member) }
        return below
    }

    /// How many members are below `number`: the place of that element among those present.
    @inline(__always)
    func rank(of number: Int) -> Int {
        let below = ~(UInt64.max >> UInt64((number &- 1) & 63))
        switch (number &- 1) >> 6 {
        case 0: return (self.first & below).nonzeroBitCount
        case 1: return self.first.nonzeroBitCount &+ (self.second & below).nonzeroBitCount
        default:
            return self.first.nonzeroBitCount &+ self.second.nonzeroBitCount
                &+ (self.third & below).nonzeroBitCount
        }
    }

    init(_ first: UInt64, _ second: UInt64, _ third: UInt64) {
        self.first = first
        self.second = second
        self.third = third
    }

    @inline(__always)
    private static func bit(_ number: Int) -> UInt64 {
        1 << UInt64(63 &- ((number &- 1) & 63))
    }
}

extension ElementSet: Sequence {
    /// The members in ascending order; allocates nothing.
    package struct Iterator: IteratorProtocol {
        var rest: ElementSet

        @inline(__always)
        package mutating func next() -> Int? {
            if self.rest.first != 0 { return Self.take(&self.rest.first, base: 1) }
            if self.rest.second != 0 { return Self.take(&self.rest.second, base: 65) }
            if self.rest.third != 0 { return Self.take(&self.rest.third, base: 129) }
            return nil
        }

        @inline(__always)
        private static func take(_ word: inout UInt64, base: Int) -> Int {
            let place = word.leadingZeroBitCount
            word &= ~(1 << UInt64(63 &- place))
            return base &+ place
        }
    }

    package func makeIterator() -> Iterator { Iterator(rest: self) }
    package var underestimatedCount: Int { self.count }
}

extension ElementSet: ExpressibleByArrayLiteral, CustomStringConvertible {
    package init(arrayLiteral elements: Int...) {
        self.init(elements)
    }

    /// The numbers, ascending, separated by commas.
    package var description: String { self.map(String.init).joined(separator: ",") }
}
