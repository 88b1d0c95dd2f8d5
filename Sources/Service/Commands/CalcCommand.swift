import ArgumentParser
import CardCalculator
import CardCryptography
import Foundation

struct CalcCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calc",
        abstract: "Do one operation of payment cryptography with clear test keys, and show the steps.",
        discussion: """
            For test keys and test cards only: it prints keys, PINs and codes on purpose, and whoever uses the machine \
            can see what stands on a command line. It takes no key of the key store, none of AVAL_KEYS_DIRECTORY and \
            none of AVAL_DATABASE_URL, nor eight bytes of one where its first, second or a further eight would stand; \
            where these cannot be read it does nothing. Of a key in a token, which nobody can read, both halves are \
            known, in any order, one half alone is not.

            Inputs are named as in the test vectors, values in hexadecimal or digits:
              aval calc cvv cvk=0123456789ABCDEFFEDCBA9876543210 pan=4123456789012345 expiry=8701 service_code=111
              aval calc decode format=0 clear_block=041277CDDEEFF669 pan=5544332211009966
            `cvn=` names the cryptogram version of arqc_arpc and issuer scripts, e.g. visa18 or mc17, and `format=` that \
            of a PIN block. An input that is missing is named; one that is unknown or given twice too, with all that the \
            operation takes.

            With --batch it reads JSON from standard input, one object a line, with `id`, `op`, `in`, and `cvn` and \
            `format` where the operation has them, and prints {"id":…,"out":{…}} or, for what is refused, \
            {"id":…,"error":…}: a word, and in parentheses what is wrong with the inputs' names. The exit status is 1 \
            when a line is no such object.

            Operations: \(CardCalculator.operations.keys.sorted().joined(separator: ", ")).
            """
    )

    @Flag(help: "Read calculations from standard input.")
    var batch = false

    @Argument(help: "The name of an operation.")
    var operation: String?

    @Argument(help: "name=value")
    var inputs: [String] = []

    func validate() throws {
        guard batch != (operation != nil) else { throw ValidationError("name an operation, or use --batch alone") }
        guard inputs.allSatisfy({ $0.contains("=") }) else { throw ValidationError("inputs are name=value") }
    }

    func run() async throws {
        let installed: InstalledKeys
        do { installed = try InstalledKeys(try Settings.load()) } catch { throw fail("\(error)") }
        let isStored = installed.hold
        guard let operation else {
            try answerLines({ (line) throws(LineError) in try Self.batchAnswer(line, isStored) }) { _ in
                #"{"error":"not_a_calculation","id":null}"#
            }
            return
        }
        do throws(CalculatorError) {
            let result = try CardCalculator.answer(try calculation(operation), isStored: isStored)
            for step in result.steps { announce("  \(step.name) = \(step.value)") }
            for (name, value) in result.output.sorted(by: { $0.key < $1.key }) { announce("\(name) = \(value.text)") }
        } catch {
            throw fail("\(error.code): \(error.message)")
        }
    }

    private func calculation(_ operation: String) throws(CalculatorError) -> Calculation {
        var calculation = Calculation(operation: operation, inputs: [:])
        var (names, repeated): (Set<String>, Set<String>) = ([], [])
        for input in inputs {
            let parts = input.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if !names.insert(parts[0]).inserted { repeated.insert(parts[0]) }
            switch parts[0] {
            case "cvn": calculation.cryptogramVersion = parts[1]
            // A format that is no number is none of the formats.
            case "format": calculation.format = Int(parts[1]) ?? -1
            default: calculation.inputs[parts[0]] = .text(parts[1])
            }
        }
        guard repeated.isEmpty else { throw .repeated(repeated.sorted(), operation: operation) }
        return calculation
    }

    private struct BatchAnswer: Encodable {
        var id: String?
        var out: [String: CalculatorValue]?
        var error: String?
    }

    private static func batchAnswer(
        _ line: String,
        _ isStored: (SecretBytes) -> Bool
    ) throws(LineError) -> String {
        guard let calculation = try? JSONDecoder().decode(Calculation.self, from: Data(line.utf8)) else {
            throw LineError(class: "not_a_calculation", message: #"the line is not {"id":…,"op":…,"in":{…}}"#)
        }
        var answer = BatchAnswer(id: calculation.id)
        do throws(CalculatorError) {
            let repeated = JSONNames.repeated(in: line)
            guard repeated.isEmpty else { throw .repeated(repeated, operation: calculation.operation) }
            answer.out = try CardCalculator.answer(calculation, isStored: isStored).output
        } catch {
            answer.error = error.isOfNames ? "\(error.code) (\(error.message))" : error.code
        }
        guard let json = try? jsonLine(answer) else {
            throw LineError(class: "not_a_calculation", message: "the answer has no JSON form")
        }
        return json
    }
}

extension CalculatorValue {
    fileprivate var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        case .boolean(let value): String(value)
        case .object: (try? jsonLine(self)) ?? ""
        }
    }
}
