/// The data elements of ISO 8583:1987, part 1, section 4.3, one a line: number, format in the notation of the
/// standard, name. DE 55 is ICC data by practice of the card schemes; the 1987 text leaves it reserved.
///
/// Bit 1 announces the secondary bit map and is no element.
enum StandardElements1987 {
    static let table = """
        2 | n..19 | Primary account number (PAN)
        3 | n6 | Processing code
        4 | n12 | Amount, transaction
        5 | n12 | Amount, settlement
        6 | n12 | Amount, cardholder billing
        7 | n10 | Transmission date and time (MMDDhhmmss, UTC)
        8 | n8 | Amount, cardholder billing fee
        9 | n8 | Conversion rate, settlement
        10 | n8 | Conversion rate, cardholder billing
        11 | n6 | System trace audit number (STAN)
        12 | n6 | Time, local transaction (hhmmss)
        13 | n4 | Date, local transaction (MMDD)
        14 | n4 | Date, expiration (YYMM)
        15 | n4 | Date, settlement (MMDD)
        16 | n4 | Date, conversion (MMDD)
        17 | n4 | Date, capture (MMDD)
        18 | n4 | Merchant type (MCC)
        19 | n3 | Acquiring institution country code
        20 | n3 | PAN extended, country code
        21 | n3 | Forwarding institution country code
        22 | n3 | Point of service entry mode
        23 | n3 | Application PAN sequence number
        24 | n3 | Network international identifier (NII) / function code
        25 | n2 | Point of service condition code
        26 | n2 | Point of service capture code
        27 | n1 | Authorizing identification response length
        28 | x+n8 | Amount, transaction fee
        29 | x+n8 | Amount, settlement fee
        30 | x+n8 | Amount, transaction processing fee
        31 | x+n8 | Amount, settlement processing fee
        32 | n..11 | Acquiring institution identification code
        33 | n..11 | Forwarding institution identification code
        34 | ns..28 | Primary account number, extended
        35 | z..37 | Track 2 data
        36 | n...104 | Track 3 data
        37 | an12 | Retrieval reference number (RRN)
        38 | an6 | Authorization identification response (approval code)
        39 | an2 | Response code
        40 | an3 | Service restriction code
        41 | ans8 | Card acceptor terminal identification
        42 | ans15 | Card acceptor identification code
        43 | ans40 | Card acceptor name/location
        44 | an..25 | Additional response data
        45 | an..76 | Track 1 data
        46 | an...999 | Additional data - ISO
        47 | an...999 | Additional data - national
        48 | an...999 | Additional data - private
        49 | an3 | Currency code, transaction
        50 | an3 | Currency code, settlement
        51 | an3 | Currency code, cardholder billing
        52 | b8 | Personal identification number (PIN) data
        53 | n16 | Security related control information
        54 | an...120 | Additional amounts
        55 | b...255 | ICC system related data (reserved ISO in 1987 text; ICC data by scheme practice)
        56 | ans...999 | Reserved ISO
        57 | ans...999 | Reserved national
        58 | ans...999 | Reserved national
        59 | ans...999 | Reserved national
        60 | ans...999 | Reserved national
        61 | ans...999 | Reserved private
        62 | ans...999 | Reserved private
        63 | ans...999 | Reserved private
        64 | b8 | Message authentication code (MAC)
        65 | b1 | Bit map, extended (tertiary indicator)
        66 | n1 | Settlement code
        67 | n2 | Extended payment code
        68 | n3 | Receiving institution country code
        69 | n3 | Settlement institution country code
        70 | n3 | Network management information code
        71 | n4 | Message number
        72 | n4 | Message number, last
        73 | n6 | Date, action (YYMMDD)
        74 | n10 | Credits, number
        75 | n10 | Credits, reversal number
        76 | n10 | Debits, number
        77 | n10 | Debits, reversal number
        78 | n10 | Transfer, number
        79 | n10 | Transfer, reversal number
        80 | n10 | Inquiries, number
        81 | n10 | Authorizations, number
        82 | n12 | Credits, processing fee amount
        83 | n12 | Credits, transaction fee amount
        84 | n12 | Debits, processing fee amount
        85 | n12 | Debits, transaction fee amount
        86 | n16 | Credits, amount
        87 | n16 | Credits, reversal amount
        88 | n16 | Debits, amount
        89 | n16 | Debits, reversal amount
        90 | n42 | Original data elements
        91 | an1 | File update code
        92 | an2 | File security code
        93 | an5 | Response indicator
        94 | an7 | Service indicator
        95 | an42 | Replacement amounts
        96 | b8 | Message security code
        97 | x+n16 | Amount, net settlement
        98 | ans25 | Payee
        99 | n..11 | Settlement institution identification code
        100 | n..11 | Receiving institution identification code
        101 | ans..17 | File name
        102 | ans..28 | Account identification 1
        103 | ans..28 | Account identification 2
        104 | ans...100 | Transaction description
        105 | ans...999 | Reserved ISO
        106 | ans...999 | Reserved ISO
        107 | ans...999 | Reserved ISO
        108 | ans...999 | Reserved ISO
        109 | ans...999 | Reserved ISO
        110 | ans...999 | Reserved ISO
        111 | ans...999 | Reserved ISO
        112 | ans...999 | Reserved national
        113 | ans...999 | Reserved national
        114 | ans...999 | Reserved national
        115 | ans...999 | Reserved national
        116 | ans...999 | Reserved national
        117 | ans...999 | Reserved national
        118 | ans...999 | Reserved national
        119 | ans...999 | Reserved national
        120 | ans...999 | Reserved private
        121 | ans...999 | Reserved private
        122 | ans...999 | Reserved private
        123 | ans...999 | Reserved private
        124 | ans...999 | Reserved private
        125 | ans...999 | Reserved private
        126 | ans...999 | Reserved private
        127 | ans...999 | Reserved private
        128 | b8 | Message authentication code (MAC)
        """
}
