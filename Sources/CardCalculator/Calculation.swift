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
    /// One of `PaymentCryptographyError`, else `unknown_operation` or `not_a_test_key`.
    package var code: String
    package var message: String

    static func invalid(_ name: String, _ expected: String) -> CalculatorError {
        CalculatorError(code: PaymentCryptographyError.invalidInput.rawValue, message: "\(name) must be \(expected)")
    }
}

/// The operations of payment cryptography on clear test keys. It takes and gives secrets as text, on purpose; nothing
/// that holds real keys calls it.
package enum CardCalculator {
    package typealias Operation = @Sendable (Inputs) throws -> CalculationResult

    /// By name; the names are those of the test vectors where there are any.
    package static let operations: [String: Operation] = cardOperations.merging(pinOperations) { first, _ in first }
        .merging(chipOperations) { first, _ in first }
        .merging(keyOperations) { first, _ in first }
        .merging(macOperations) { first, _ in first }

    package static func answer(_ calculation: Calculation) throws(CalculatorError) -> CalculationResult {
        guard let operation = operations[calculation.operation] else {
            throw CalculatorError(code: "unknown_operation", message: "the operations are in the command's help")
        }
        do {
            return try operation(Inputs(calculation))
        } catch let error as CalculatorError {
            throw error
        } catch let error as PaymentCryptographyError {
            throw CalculatorError(code: error.rawValue, message: "the operation was refused")
        } catch {
            throw CalculatorError(code: PaymentCryptographyError.library.rawValue, message: "\(error)")
        }
    }
}
