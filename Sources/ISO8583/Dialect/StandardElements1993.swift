/// The data elements of ISO 8583:1993, section 4.3, one a line: number, format in the notation of the standard, name.
///
/// Bit 1 announces the secondary bit map and is no element.
enum StandardElements1993 {
    static let table = """
        2 | n..19 | Primary account number (PAN)
        3 | n6 | Processing code
        4 | n12 | Amount, transaction
        5 | n12 | Amount, reconciliation
        6 | n12 | Amount, cardholder billing
        7 | n10 | Date and time, transmission
        8 | n8 | Amount, cardholder billing fee
        9 | n8 | Conversion rate, reconciliation
        10 | n8 | Conversion rate, cardholder billing
        11 | n6 | Systems trace audit number
        12 | n12 | Date and time, local transaction (YYMMDDhhmmss)
        13 | n4 | Date, effective (YYMM)
        14 | n4 | Date, expiration (YYMM)
        15 | n6 | Date, settlement (YYMMDD)
        16 | n4 | Date, conversion (MMDD)
        17 | n4 | Date, capture (MMDD)
        18 | n4 | Merchant type
        19 | n3 | Country code, acquiring institution
        20 | n3 | Country code, primary account number
        21 | n3 | Country code, forwarding institution
        22 | an12 | Point of service data code
        23 | n3 | Card sequence number
        24 | n3 | Function code
        25 | n4 | Message reason code
        26 | n4 | Card acceptor business code
        27 | n1 | Approval code length
        28 | n6 | Date, reconciliation
        29 | n3 | Reconciliation indicator
        30 | n24 | Amounts, original
        31 | ans..99 | Acquirer reference data
        32 | n..11 | Acquirer institution identification code
        33 | n..11 | Forwarding institution identification code
        34 | ns..28 | Primary account number, extended
        35 | z..37 | Track 2 data
        36 | z...104 | Track 3 data
        37 | anp12 | Retrieval reference number
        38 | anp6 | Approval code
        39 | n3 | Action code
        40 | n3 | Service code
        41 | ans8 | Card acceptor terminal identification
        42 | ans15 | Card acceptor identification code
        43 | ans..99 | Card acceptor name/location
        44 | ans..99 | Additional response data
        45 | ans..76 | Track 1 data
        46 | ans...204 | Amounts, fees
        47 | ans...999 | Additional data - national
        48 | ans...999 | Additional data - private
        49 | an3 | Currency code, transaction
        50 | an3 | Currency code, reconciliation
        51 | an3 | Currency code, cardholder billing
        52 | b8 | Personal identification number (PIN) data
        53 | b..48 | Security related control information
        54 | ans...120 | Amounts, additional
        55 | b...255 | Integrated circuit card system related data
        56 | n..35 | Original data elements
        57 | n3 | Authorization life cycle code
        58 | n..11 | Authorizing agent institution identification code
        59 | ans...999 | Transport data
        60 | ans...999 | Reserved for national use
        61 | ans...999 | Reserved for national use
        62 | ans...999 | Reserved for private use
        63 | ans...999 | Reserved for private use
        64 | b8 | Message authentication code
        65 | b8 | Reserved for ISO use
        66 | ans...204 | Amounts, original fees
        67 | n2 | Extended payment data
        68 | n3 | Country code, receiving institution
        69 | n3 | Country code, settlement institution
        70 | n3 | Country code, authorizing agent institution
        71 | n8 | Message number
        72 | ans...999 | Data record
        73 | n6 | Date, action
        74 | n10 | Credits, number
        75 | n10 | Credits, reversal number
        76 | n10 | Debits, number
        77 | n10 | Debits, reversal number
        78 | n10 | Transfer, number
        79 | n10 | Transfer, reversal number
        80 | n10 | Inquiries, number
        81 | n10 | Authorizations, number
        82 | n10 | Inquiries, reversal number
        83 | n10 | Payments, number
        84 | n10 | Payments, reversal number
        85 | n10 | Fee collections, number
        86 | n16 | Credits, amount
        87 | n16 | Credits, reversal amount
        88 | n16 | Debits, amount
        89 | n16 | Debits, reversal amount
        90 | n10 | Authorizations, reversal number
        91 | n3 | Country code, transaction destination institution
        92 | n3 | Country code, transaction originator institution
        93 | n..11 | Transaction destination institution identification code
        94 | n..11 | Transaction originator institution identification code
        95 | ans..99 | Card issuer reference data
        96 | b...999 | Key management data
        97 | x+n16 | Amount, net reconciliation
        98 | ans25 | Payee
        99 | an..11 | Settlement institution identification code
        100 | n..11 | Receiving institution identification code
        101 | ans..17 | File name
        102 | ans..28 | Account identification 1
        103 | ans..28 | Account identification 2
        104 | ans...100 | Transaction description
        105 | n16 | Credits, chargeback amount
        106 | n16 | Debits, chargeback amount
        107 | n10 | Credits, chargeback number
        108 | n10 | Debits, chargeback number
        109 | ans..84 | Credits, fee amounts
        110 | ans..84 | Debits, fee amounts
        111 | ans...999 | Reserved for ISO use
        112 | ans...999 | Reserved for ISO use
        113 | ans...999 | Reserved for ISO use
        114 | ans...999 | Reserved for ISO use
        115 | ans...999 | Reserved for ISO use
        116 | ans...999 | Reserved for national use
        117 | ans...999 | Reserved for national use
        118 | ans...999 | Reserved for national use
        119 | ans...999 | Reserved for national use
        120 | ans...999 | Reserved for national use
        121 | ans...999 | Reserved for national use
        122 | ans...999 | Reserved for national use
        123 | ans...999 | Reserved for private use
        124 | ans...999 | Reserved for private use
        125 | ans...999 | Reserved for private use
        126 | ans...999 | Reserved for private use
        127 | ans...999 | Reserved for private use
        128 | b8 | Message authentication code
        """
}
