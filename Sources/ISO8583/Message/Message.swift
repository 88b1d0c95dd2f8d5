/// An ISO 8583 message: the MTI and its elements in canonical form, whatever the dialect's wire form.
///
/// Canonical means one byte a character (ASCII, and ISO 8859-1 above it) for all classes but `b`, and the bytes
/// themselves for class `b`. Fixed elements have their full width; the track separator is `=`.
///
/// All values lie in one buffer beside a table with one entry a present element, so making, copying and reading a
/// message costs two allocations, however many elements it has. A message is its own builder: see ``set(_:text:)``.
/// It holds card data: print it through ``description`` only, which masks.
package struct Message: Sendable {
    /// Where a value lies in `bytes`.
    struct Slot: Sendable {
        var offset: UInt32
        var length: UInt32
    }

    package var messageType: MessageTypeIndicator

    /// Numbers of the elements that are present. Bit map bits (1, and 65 in dialects with three bit maps) are not.
    package private(set) var elements: ElementSet

    /// Those of ``elements`` that the dialect does not define and its fallback rule has let through. To be counted.
    package internal(set) var unknownElements = ElementSet()

    private(set) var bytes: [UInt8]
    private(set) var slots: [Slot]

    /// An empty message.
    package init(_ messageType: MessageTypeIndicator) {
        self.init(messageType, elements: [], bytes: [], slots: [])
    }

    /// - Parameter slots: one for each of `elements`, ascending.
    init(_ messageType: MessageTypeIndicator, elements: ElementSet, bytes: [UInt8], slots: [Slot]) {
        self.messageType = messageType
        self.elements = elements
        self.bytes = bytes
        self.slots = slots
    }

    /// Whether the element is present, empty ones included.
    @inline(__always)
    package func contains(_ element: Int) -> Bool { self.elements.contains(element) }

    /// Where the element's value lies; nil when absent.
    @inline(__always)
    func range(of element: Int) -> Range<Int>? {
        guard self.elements.contains(element) else { return nil }
        let slot = self.slots[self.elements.rank(of: element)]
        return Int(slot.offset)..<Int(slot.offset &+ slot.length)
    }

    /// Puts a value in place of the element's earlier one, or adds the element.
    ///
    /// - Parameter element: 2...192; the encoder, not this, checks whether the dialect knows it. Traps outside: the
    ///   number comes from code, numbers from input go through ``init(_:canonicalFields:dialect:)``.
    package mutating func set(_ element: Int, bytes value: some Collection<UInt8>) {
        precondition((2...Limits.elementNumber).contains(element), "element numbers are 2...192")
        let slot = Slot(offset: UInt32(self.bytes.count), length: UInt32(value.count))
        let place = self.elements.rank(of: element)
        if self.elements.contains(element) {
            // A value of the same length takes the old one's bytes; else those stay behind, unreachable and zero.
            if self.slots[place].length == slot.length {
                let start = Int(self.slots[place].offset)
                self.bytes.replaceSubrange(start..<start + value.count, with: value)
                return
            }
            self.wipe(self.slots[place])
            self.slots[place] = slot
        } else {
            self.slots.insert(slot, at: place)
            self.elements.insert(element)
        }
        self.bytes.append(contentsOf: value)
    }

    /// Takes the element out and overwrites its value; does nothing when it is absent.
    ///
    /// Track data, PIN block and card verification values are removed so once they are verified. A copy of the message
    /// made before keeps its own bytes.
    package mutating func remove(_ element: Int) {
        guard self.elements.contains(element) else { return }
        self.wipe(self.slots.remove(at: self.elements.rank(of: element)))
        self.elements.remove(element)
        self.unknownElements.remove(element)
    }

    /// Overwrites a value that is no longer reachable.
    private mutating func wipe(_ slot: Slot) {
        for index in Int(slot.offset)..<Int(slot.offset &+ slot.length) { self.bytes[index] = 0 }
    }
}

extension Message: Equatable {
    /// Same MTI, same elements, same values; how they lie in memory does not count.
    package static func == (left: Message, right: Message) -> Bool {
        guard left.messageType == right.messageType, left.elements == right.elements else { return false }
        return left.elements.allSatisfy { left.bytes(of: $0) == right.bytes(of: $0) }
    }
}
