/// How a bit map is put into bytes.
package enum BitmapEncoding: String, Sendable, CaseIterable {
    case binary = "binary"
    /// Sixteen hex characters; sent in upper case.
    case hexASCII = "hex-ascii"
    /// Sixteen hex characters in EBCDIC.
    case hexEBCDIC = "hex-ebcdic"
}

/// Which edition's element table a dialect starts from.
package enum Edition: String, Sendable, CaseIterable {
    case iso1987 = "1987"
    case iso1993 = "1993"
}

/// Everything in which networks differ, as data: framing, wire form, layouts, rules, keys, times.
///
/// A value without behaviour of its own. The built-in ones come from ``named(_:)``; others are made from one of those
/// by changing properties and with ``define(_:_:name:)``.
package struct Dialect: Sendable, Hashable {
    /// Unique among the loaded dialects; operators see it.
    package var name: String
    /// One sentence for people.
    package var summary: String
    package var edition: Edition

    /// How messages are told apart on a connection.
    package var framing = FrameFormat(.bigEndian2)
    package var messageTypeEncoding: ElementEncoding
    package var bitmapEncoding: BitmapEncoding
    /// 1...3. With three, bit 65 announces the third and is no element.
    package var maximumBitmaps = 2
    /// Of EBCDIC elements.
    package var codePage = CodePage.ibm037

    /// The elements that the dialect defines.
    package private(set) var defined = ElementSet()
    /// By element number, 193 entries; `unused` at numbers that are not `defined`.
    private var specs: [ElementSpec]
    private var names: [String]
    private static let unused = ElementSpec(.binary, .binary, maximum: 0)
    /// Wire bytes of all defined elements of fixed length together.
    private var fixedBytes = 0
    /// How an announced element that is not defined is read; nil: it cannot be, and the message is refused. Most
    /// networks promise that new elements come with a certain length indicator.
    package var fallback: ElementSpec?

    /// Inner structure by element number.
    package var subelements: [Int: SubelementLayout] = [:]
    /// The tags that the network has announced, by element; names as ``Subelement/name`` has them. Others are kept and
    /// counted as unknown. An element without an entry announces nothing, and none of its tags is unknown.
    package var knownTags: [Int: Set<String>] = [:]

    /// What may be kept of messages.
    package var storable = StorageAllowList.standard

    /// Minor units of a currency, by ISO 4217 number, where the network departs from ISO 4217.
    package var exponentOverrides: [Int: Int] = [:]

    /// What each kind of message must and may hold.
    package var rules: [MessageRule] = []

    /// The elements that, with network and MTI without its repeat digit, make the key of a request; those that are
    /// absent count as absent. DE 7 is to be resolved to a full year.
    package var requestKey: ElementSet = [7, 11, 32, 37]
    /// The elements that name, with the class of the MTI, the request that a response answers: to who plays the network.
    /// Of them our own requests, management and updates of files, have DE 7 and 11 alone.
    package var responseKey: ElementSet = [7, 11, 32, 37, 41]

    /// The network's time limit, from the last byte received to the last byte sent.
    package var deadline: Duration = .seconds(10)
    /// What is kept back from ``deadline`` for commit and way back.
    package var margin: Duration = .milliseconds(1_000)
    /// Whether requests before a sign-on (0800 with 001) are refused.
    package var isSignOnRequired = true
    /// What a request gets that comes before sign-on, or that cannot be answered in time.
    package var refusal: Refusal = .issuerInoperative
    /// What 0410 says of an original that is not known: 25 (unable to locate), or, when false, 00.
    package var reportsUnknownOriginal = false

    /// Which bytes the MAC covers; nil: the network sends none.
    package var mac: MACCoverage?

    /// An empty dialect.
    package init(
        name: String,
        summary: String,
        edition: Edition,
        messageTypeEncoding: ElementEncoding,
        bitmapEncoding: BitmapEncoding
    ) {
        self.name = name
        self.summary = summary
        self.edition = edition
        self.messageTypeEncoding = messageTypeEncoding
        self.bitmapEncoding = bitmapEncoding
        self.specs = [ElementSpec](repeating: Self.unused, count: Limits.elementNumber + 1)
        self.names = [String](repeating: "", count: Limits.elementNumber + 1)
    }

    /// The wire form of a defined element.
    package func spec(of element: Int) -> ElementSpec? {
        self.defined.contains(element) ? self.specs[element] : nil
    }

    /// The standard's name of a defined element, else an empty string.
    package func name(of element: Int) -> String {
        self.defined.contains(element) ? self.names[element] : ""
    }

    /// The wire form of an element that is known to be defined.
    @inline(__always)
    func definedSpec(of element: Int) -> ElementSpec { self.specs[element] }

    /// The wire form of an element, the fallback's if the dialect does not define it.
    @inline(__always)
    func wireSpec(of element: Int) -> ElementSpec? {
        self.defined.contains(element) ? self.specs[element] : self.fallback
    }

    /// No less than the wire bytes of those of `elements` that have a fixed length.
    @inline(__always)
    func fixedBytes(for elements: ElementSet) -> Int {
        self.fixedBytes + (self.fallback?.fixedBytes ?? 0) * elements.count
    }

    /// Defines an element, or replaces its definition.
    ///
    /// - Parameter name: nil keeps the earlier name.
    /// - Throws: ``DialectError`` for a number outside 2...192 or a form that cannot work.
    package mutating func define(
        _ element: Int,
        _ spec: ElementSpec,
        name: String? = nil
    ) throws(DialectError) {
        guard (2...Limits.elementNumber).contains(element) else {
            throw DialectError(element: element, reason: "element numbers are 2...\(Limits.elementNumber)")
        }
        if let problem = spec.problem { throw DialectError(element: element, reason: problem) }
        self.fixedBytes += spec.fixedBytes - (self.spec(of: element)?.fixedBytes ?? 0)
        self.defined.insert(element)
        self.specs[element] = spec
        if let name { self.names[element] = name }
    }

    /// Takes an element's definition away; does nothing when there is none.
    package mutating func undefine(_ element: Int) {
        guard let spec = self.spec(of: element) else { return }
        self.fixedBytes -= spec.fixedBytes
        self.defined.remove(element)
        self.specs[element] = Self.unused
        self.names[element] = ""
    }

    /// Minor units of a currency.
    ///
    /// - Parameters:
    ///   - currency: ISO 4217 number.
    ///   - standard: the exponent by ISO 4217, taken unless the network departs from it.
    package func exponent(ofCurrency currency: Int, standard: Int) -> Int {
        self.exponentOverrides[currency] ?? standard
    }

    /// The time within which an answer must have left us.
    package var answerTime: Duration { self.deadline - self.margin }
}

/// What a request gets that is refused without a decision.
package enum Refusal: String, Sendable, CaseIterable {
    /// DE 39 = 91 (1993: 907).
    case issuerInoperative = "91"
    /// No answer: on some networks only silence makes them stand in.
    case silence
}

/// Which bytes a message authentication code (DE 64 or 128) covers, and how. The code itself is made elsewhere.
package struct MACCoverage: Hashable, Sendable {
    package enum Algorithm: String, Sendable, CaseIterable {
        /// ISO 9797-1 algorithm 1 with DES or triple DES.
        case cbc
        /// ISO 9797-1 algorithm 3 ("retail MAC", ANSI X9.19).
        case retail
        /// NIST SP 800-38B with triple DES.
        case cmacTripleDES = "cmac-tdes"
        /// NIST SP 800-38B with AES.
        case cmacAES = "cmac-aes"
    }

    package enum Bytes: Hashable, Sendable {
        /// All bytes of the packed message before the MAC element.
        case messageBeforeMAC
        /// The canonical values of these elements, in order, after the MTI.
        case elements(ElementSet)
    }

    package var bytes: Bytes
    package var algorithm: Algorithm
    /// ISO 9797-1 padding method, 1 (zeros) or 2 (a one bit, then zeros).
    package var paddingMethod: Int
    /// Bytes of the code that are sent, 4...8.
    package var length: Int

    package init(bytes: Bytes, algorithm: Algorithm, paddingMethod: Int = 1, length: Int = 8) {
        self.bytes = bytes
        self.algorithm = algorithm
        self.paddingMethod = paddingMethod
        self.length = length
    }

    /// Which element holds the code: the last bit of the last bit map in use (ISO 8583-1, 4.4.13).
    package func element(for elements: ElementSet) -> Int {
        elements.contains { $0 > 64 } ? 128 : 64
    }
}

/// Why a dialect's data cannot work.
package struct DialectError: Error, Hashable, Sendable, CustomStringConvertible {
    /// 0 when the fault is not in one element.
    package var element: Int
    package var reason: String

    package var description: String { self.element == 0 ? self.reason : "element \(self.element): \(self.reason)" }
}
