import AuthorizationCore
import CardNetwork
import ISO8583
import Testing
import YAMLFiles

@testable import Service

@Suite struct `Indicators in a file of networks` {
    private static func read(_ text: String) throws -> [NetworkDefinition] {
        let head = "networks:\n  - name: blue\n    dialect: any\n    listen: [{host: h, port: 1}]\n"
        let indented = text.split(separator: "\n").map { "    \($0)\n" }.joined()
        return try NetworkFile.read(Array((head + indented).utf8), file: "f") { _ in
            var dialect = Dialect.iso87BCD
            dialect.subelements[60] = .tagged(tagDigits: 2, lengthDigits: 2)
            return dialect
        }
    }

    @Test func `of 1993 also say what DE 4 and 46 mean`() throws {
        let text = "networks: [{name: b, dialect: d, listen: [{host: h, port: 1}], partial_reversal: taken_back, "
        let networks = try NetworkFile.read(Array((text + "acquirer_fee_types: ['05', '06']}]").utf8), file: "f") { _ in
            .iso93ASCIIBinaryBitmap
        }
        let profile = try #require(networks.first?.profile)
        #expect(profile.partialReversalAmount == .takenBack && profile.acquirerFeeTypes == ["05", "06"])
    }

    @Test func `say where it says what, and what its values mean`() throws {
        let profile = try #require(
            try Self.read(
                """
                indicators:
                  purpose: {element: 60, part: "01", values: {"0": final, "1": pre_authorization, "9": status_check}}
                  increment_mode: {element: 60, part: "02", values: {"1": cumulative, "2": delta}}
                  initiator: {element: 61, positions: 1-1, values: {"1": merchant}}
                  partial_approval: {element: 61, positions: 2-4, values: {"YES": true, "NO": false}}
                  fee_included: {element: 61, positions: 5-5, values: {"1": true}}
                  advice_reason: {element: 62, values: {"83": stand_in}}
                  transaction_id: {element: 63, positions: 4-18}
                  instalment_funding: {element: 60, part: "07", values: {M: merchant, I: issuer}}
                  instalment_count: {element: 60, part: "08"}
                  instalment_amount: {element: 60, part: "09"}
                  converted: {element: 60, part: "10", values: {"1": true}}
                merchant_advice:
                  element: 44
                  codes: {later: "02", never: "03"}
                  channels: [ecommerce, teller_machine]
                """
            ).first?.profile
        )
        let indicators = profile.indicators
        #expect(indicators.purpose?.location == ElementLocation(60, .part("01")))
        #expect(indicators.purpose?.meanings == ["0": .final, "1": .preAuthorization, "9": .statusCheck])
        #expect(indicators.incrementMode?.meanings == ["1": .cumulative, "2": .delta])
        #expect(indicators.initiator?.location == ElementLocation(61, .positions(0..<1)))
        #expect(indicators.initiator?.meanings == ["1": .merchant])
        #expect(indicators.allowsPartialApproval?.location == ElementLocation(61, .positions(1..<4)))
        #expect(indicators.allowsPartialApproval?.meanings == ["YES": true, "NO": false])
        #expect(indicators.includesFee?.meanings == ["1": true])
        #expect(indicators.adviceReason?.location == ElementLocation(62))
        #expect(indicators.adviceReason?.meanings == ["83": .standIn])
        #expect(indicators.transactionID == ElementLocation(63, .positions(3..<18)))
        #expect(indicators.instalmentFunding?.meanings == ["M": .merchant, "I": .issuer])
        #expect(indicators.instalmentCount == ElementLocation(60, .part("08")))
        #expect(indicators.instalmentAmount == ElementLocation(60, .part("09")))
        #expect(indicators.isConvertedByAcceptor?.meanings == ["1": true])
        #expect(profile.merchantAdvice?.element == 44)
        #expect(profile.merchantAdvice?.codes == [.later: "02", .never: "03"])
        #expect(profile.merchantAdvice?.channels == [.remote, .tellerMachine])
        let plain = try #require(try Self.read("in_flight: 1").first?.profile)
        #expect(plain.indicators.purpose == nil && plain.merchantAdvice == nil)
    }

    @Test func `say where disputes and credentials are told`() throws {
        let profile = try #require(
            try Self.read(
                """
                indicators:
                  ecommerce_indicator: {element: 60, part: "21"}
                  ds_transaction_id: {element: 60, part: "22"}
                  acs_transaction_id: {element: 60, part: "23"}
                  token_requestor: {element: 60, part: "24"}
                  payment_account_reference: {element: 60, part: "25"}
                  postal_code: {element: 123, positions: 1-9}
                  address_numbers: {element: 123, positions: 10-14}
                  address_result: {element: 60, part: "33", values: {"Z": postal_code_only}}
                  cvv2: {element: 126, positions: 3-6}
                  cvv2_presence: {element: 126, positions: 1-1, values: {"9": not_on_card}}
                  cvv2_result: {element: 60, part: "36", values: {"P": not_verified}}
                  cavv: {element: 126, positions: 7-46}
                  cavv_result: {element: 60, part: "38", values: {"2": match}}
                  stored_credential: {element: 60, part: "11", values: {"C": first}}
                  token: {element: 60, part: "26"}
                  token_reference: {element: 60, part: "27"}
                  token_assurance: {element: 60, part: "28"}
                  token_cryptogram: {element: 60, part: "29", values: {"1": no_match}}
                address_answer: {element: 44, position: 2, codes: {not_supported: S, match: Y}}
                cvv2_answer: {element: 60, codes: {not_verified: 3601P}}
                cavv_answer: {element: 44, position: 13, codes: {match: "2", no_match: "1"}}
                """
            ).first?.profile
        )
        func part(_ name: String) -> ElementLocation { ElementLocation(60, .part(name)) }
        let disputes = profile.disputes
        #expect(disputes.ecommerceIndicator == part("21") && disputes.directoryServerTransaction == part("22"))
        #expect(disputes.accessControlServerTransaction == part("23") && disputes.tokenRequestor == part("24"))
        #expect(disputes.paymentAccountReference == part("25"))
        let credential = profile.credential
        #expect(credential.postalCode == ElementLocation(123, .positions(0..<9)))
        #expect(credential.addressNumbers == ElementLocation(123, .positions(9..<14)))
        #expect(credential.addressResult?.meanings == ["Z": .postalCodeOnly])
        #expect(credential.cardCode.value == ElementLocation(126, .positions(2..<6)))
        #expect(credential.cardCode.presence?.meanings == ["9": .notOnCard])
        #expect(credential.cardCode.result?.meanings == ["P": .notVerified])
        #expect(credential.authentication.value == ElementLocation(126, .positions(6..<46)))
        #expect(credential.authentication.presence == nil)
        #expect(credential.authentication.result?.meanings == ["2": .match])
        #expect(credential.storedUse?.meanings == ["C": .first])
        #expect([credential.tokenNumber, credential.tokenReference] == [part("26"), part("27")])
        #expect(credential.tokenAssurance == part("28"))
        #expect(credential.tokenCryptogram?.meanings == ["1": .noMatch])
        let (address, cardCode) = (profile.checkAnswers.address, profile.checkAnswers.cardCode)
        #expect(address?.element == 44 && address?.offset == 1)
        #expect(address?.codes == [.notSupported: "S", .match: "Y"])
        #expect(cardCode?.element == 60 && cardCode?.offset == nil && cardCode?.codes == [.notVerified: "3601P"])
        let authentication = profile.checkAnswers.authentication
        #expect(authentication?.offset == 12 && authentication?.codes == [.match: "2", .noMatch: "1"])
    }

    static let faults: [(text: String, path: String, reason: String)] = [
        ("indicators: {colour: {element: 60}}", "indicators.colour", "is not known"),
        ("indicators: {transaction_id: {element: 1}}", "indicators.transaction_id.element", "a number from 2"),
        ("indicators: {transaction_id: {element: 2}}", "indicators.transaction_id.element", "card data"),
        ("indicators: {transaction_id: {element: 140}}", "indicators.transaction_id.element", "not in the dialect"),
        ("indicators: {transaction_id: {part: a}}", "indicators.transaction_id.element", "is missing"),
        (
            "indicators: {transaction_id: {element: 63, values: {a: b}}}", "indicators.transaction_id.values",
            "not known"
        ),
        ("indicators: {transaction_id: {element: 37, positions: 1-13}}", "indicators.transaction_id.positions", "1-12"),
        ("indicators: {transaction_id: {element: 37, positions: 3-2}}", "indicators.transaction_id.positions", "3-2"),
        ("indicators: {transaction_id: {element: 37, positions: 0-2}}", "indicators.transaction_id.positions", "0-2"),
        ("indicators: {transaction_id: {element: 63, part: x}}", "indicators.transaction_id.part", "no subelements"),
        ("indicators: {transaction_id: {element: 60, part: x}}", "indicators.transaction_id.part", "x is none"),
        (
            "indicators: {transaction_id: {element: 60, part: '01', positions: 1-2}}", "indicators.transaction_id.part",
            "does not go with"
        ),
        ("indicators: {instalment_count: {element: 63}}", "indicators.instalment_funding", "only go together"),
        ("indicators: {eci: {element: 60}}", "indicators.eci", "is not known"),
        ("indicators: {token_requestor: {element: 35}}", "indicators.token_requestor.element", "card data"),
        ("partial_reversal: new_total", "partial_reversal", "of ISO 8583:1993"),
        ("partial_reversal: nothing", "partial_reversal", "new_total, taken_back"),
        ("acquirer_fee_types: ['001']", "acquirer_fee_types", "two characters"),
        ("indicators: {purpose: {element: 60}}", "indicators.purpose.values", "are expected"),
        ("indicators: {purpose: {element: 60, values: {}}}", "indicators.purpose.values", "1 to 64"),
        ("indicators: {purpose: {element: 60, values: {a: lunch}}}", "indicators.purpose.values.a", "lunch is not"),
        (
            "indicators: {fee_included: {element: 60, values: {a: 1}}}", "indicators.fee_included.values.a",
            "true, false"
        ),
        ("indicators: {cvv2: {element: 52}}", "indicators.cvv2.element", "card data"),
        (
            "indicators: {cavv_result: {element: 60, values: {a: maybe}}}", "indicators.cavv_result.values.a",
            "maybe is not"
        ),
        ("address_answer: {element: 39, codes: {match: Y}}", "address_answer.element", "something else"),
        ("address_answer: {element: 15, codes: {match: Y}}", "address_answer.element", "something else"),
        ("cvv2_answer: {element: 55, codes: {match: Y}}", "cvv2_answer.element", "something else"),
        ("address_answer: {element: 44}", "address_answer.codes", "is missing"),
        ("cvv2_answer: {element: 44, codes: {soon: '1'}}", "cvv2_answer.codes.soon", "is not known"),
        ("cvv2_answer: {element: 25, position: 2, codes: {match: MM}}", "cvv2_answer.codes.match", "longer"),
        (
            "address_answer: {element: 44, position: 1, codes: {match: YY}}\n"
                + "cvv2_answer: {element: 44, position: 2, codes: {match: M}}",
            "cvv2_answer", "has the place of address_answer"
        ),
        (
            "cvv2_answer: {element: 44, position: 2, codes: {match: MM}}\n"
                + "cavv_answer: {element: 44, position: 3, codes: {match: '2'}}",
            "cavv_answer", "has the place of cvv2_answer"
        ),
        (
            "merchant_advice: {element: 44, codes: {later: '02'}}\n"
                + "address_answer: {element: 44, position: 2, codes: {match: Y}}",
            "address_answer", "has the place of merchant_advice"
        ),
        ("cvv2_answer: {element: 25, position: 3, codes: {match: M}}", "cvv2_answer.position", "1 to 2"),
        ("merchant_advice: {element: 39, codes: {later: '1'}}", "merchant_advice.element", "something else"),
        ("merchant_advice: {element: 44}", "merchant_advice.codes", "is missing"),
        ("merchant_advice: {element: 44, codes: {soon: '1'}}", "merchant_advice.codes.soon", "is not known"),
        ("merchant_advice: {element: 25, codes: {later: '123'}}", "merchant_advice.codes.later", "longer"),
        (
            "merchant_advice: {element: 44, codes: {later: '1'}, channels: [moon]}", "merchant_advice.channels",
            "moon is none"
        ),
    ]

    @Test(arguments: faults)
    func `are refused with the key that is wrong`(_ row: (text: String, path: String, reason: String)) {
        let error = #expect(throws: FileError.self) { try Self.read(row.text) }
        let found = error?.problems.filter { $0.path == "networks[1].\(row.path)" } ?? []
        #expect(found.contains { $0.reason.contains(row.reason) }, "\(error?.problems ?? [])")
    }
}
