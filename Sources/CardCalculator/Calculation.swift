import CardCryptography

/// A value of a calculation, as JSON has it.
package indirect enum CalculatorValue: Hashable, Sendable {
    case text(String)
    case number(Int)
    case boolean(Bool)
    case object([String: CalculatorValue])
}

extension CalculatorValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else {
            self = .object(try container.decode([String: CalculatorValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .boolean(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

/// One operation with its inputs, in the form of the test vectors.
package struct Calculation: Sendable, Decodable {
    package var id: String?
    package var operation: String
    /// Scheme and number of the cryptogram version, e.g. `visa18`, `mc17`.
    package var cryptogramVersion: String?
    /// Of a PIN block.
    package var format: Int?
    package var inputs: [String: CalculatorValue]

    /// All that is given, `cvn` and `format` among it.
    var names: Set<String> {
        var names = Set(inputs.keys)
        if cryptogramVersion != nil { names.insert("cvn") }
        if format != nil { names.insert("format") }
        return names
    }

    package init(
        id: String? = nil,
        operation: String,
        cryptogramVersion: String? = nil,
        format: Int? = nil,
        inputs: [String: CalculatorValue]
    ) {
        self.id = id
        self.operation = operation
        self.cryptogramVersion = cryptogramVersion
        self.format = format
        self.inputs = inputs
    }

    private enum CodingKeys: String, CodingKey {
        case id, format
        case operation = "op"
        case cryptogramVersion = "cvn"
        case inputs = "in"
    }
}

/// What comes out.
package struct CalculationResult: Sendable {
    /// The answer.
    package var output: [String: CalculatorValue]
    /// What was computed on the way, in order.
    package var steps: [(name: String, value: String)]

    init(_ output: [String: CalculatorValue], steps: [(name: String, value: String)] = []) {
        self.output = output
        self.steps = steps
    }
}

/// Why there is no answer.
package struct CalculatorError: Error, Hashable {
    /// One of `PaymentCryptographyError`, else `unknown_operation`, `unknown_input`, `repeated_input` or
    /// `not_a_test_key`.
    package var code: String
    package var message: String

    /// Inputs that the operation would not read. They are refused, because what is misspelt would be missed by nobody.
    static func unknown(_ names: [String], _ calculation: Calculation) -> CalculatorError {
        CalculatorError(
            code: "unknown_input",
            message: "\(names.joined(separator: ", ")); \(CardCalculator.inputs(of: calculation.operation))"
        )
    }

    /// Inputs that are given more than once, of which nobody could say which one counts.
    package static func repeated(_ names: [String], operation: String) -> CalculatorError {
        CalculatorError(
            code: "repeated_input",
            message: "\(names.joined(separator: ", ")); \(CardCalculator.inputs(of: operation))"
        )
    }

    /// Whether it is of the inputs' names, so that its text is of use to a program's user as well.
    package var isOfNames: Bool { code == "unknown_input" || code == "repeated_input" }

    /// A key of the key store: nothing of it may be shown.
    static func stored(_ name: String) -> CalculatorError {
        CalculatorError(code: "not_a_test_key", message: "\(name) is of the key store, whose keys are not taken")
    }

    /// Of inputs that are no keys one came, as of components.
    static let storedResult = CalculatorError(
        code: "not_a_test_key",
        message: "the result is of the key store, whose keys are not shown"
    )

    static func invalid(_ name: String, _ expected: String) -> CalculatorError {
        CalculatorError(code: PaymentCryptographyError.invalidInput.rawValue, message: "\(name) must be \(expected)")
    }
}

/// The operations of payment cryptography on clear test keys. It takes and gives secrets as text, on purpose; nothing
/// that holds real keys calls it.
package enum CardCalculator {
    package struct Operation: Sendable {
        /// The inputs that it reads, some of them only with others.
        package let inputs: [String]
        /// What the vectors tell besides, and has in other inputs already.
        let remarks: Set<String>
        let run: @Sendable (Inputs) throws -> CalculationResult

        init(
            _ inputs: String,
            remarks: Set<String> = [],
            _ run: @escaping @Sendable (Inputs) throws -> CalculationResult
        ) {
            self.inputs = inputs.split(separator: " ").map(String.init)
            self.remarks = remarks
            self.run = run
        }
    }

    /// By name; the names are those of the test vectors where there are any.
    package static let operations: [String: Operation] = cardOperations.merging(pinOperations) { first, _ in first }
        .merging(chipOperations) { first, _ in first }
        .merging(scriptOperations) { first, _ in first }
        .merging(keyOperations) { first, _ in first }
        .merging(keyBlockOperations) { first, _ in first }
        .merging(macOperations) { first, _ in first }

    /// What an operation takes, for people.
    package static func inputs(of operation: String) -> String {
        guard let inputs = operations[operation]?.inputs else { return "there is no operation \(operation)" }
        return "\(operation) takes \(inputs.joined(separator: ", "))"
    }

    /// - Parameter isStored: whether bytes are a key that is in use; no input, step or result may be one.
    package static func answer(
        _ calculation: Calculation,
        isStored: (SecretBytes) -> Bool = { _ in false }
    ) throws(CalculatorError) -> CalculationResult {
        guard let operation = operations[calculation.operation] else {
            throw CalculatorError(code: "unknown_operation", message: "the operations are in the command's help")
        }
        let unknown = calculation.names.subtracting(operation.inputs).subtracting(operation.remarks)
        guard unknown.isEmpty else { throw .unknown(unknown.sorted(), calculation) }
        func isKey(_ value: CalculatorValue) -> Bool {
            let digits: String
            switch value {
            case .text(let text): digits = text
            case .number(let number): digits = String(number)
            case .boolean, .object: return false
            }
            return SecretBytes(hexadecimal: digits.utf8).map(isStored) ?? false
        }
        for (name, value) in calculation.inputs where isKey(value) { throw .stored(name) }
        do {
            let result = try operation.run(Inputs(calculation))
            let shown = Array(result.output.values) + result.steps.map { .text($0.value) }
            guard !shown.contains(where: isKey) else { throw CalculatorError.storedResult }
            return result
        } catch let error as CalculatorError {
            throw error
        } catch let error as PaymentCryptographyError {
            throw CalculatorError(code: error.rawValue, message: "the operation was refused")
        } catch {
            throw CalculatorError(code: PaymentCryptographyError.library.rawValue, message: "\(error)")
        }
    }
}
