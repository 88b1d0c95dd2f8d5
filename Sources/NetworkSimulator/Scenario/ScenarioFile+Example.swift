extension ScenarioFile {
    /// A scenario to start from; shows most of the keys.
    package static let example = """
        name: a first payment
        dialect: iso87-ascii-hexbitmap      # a built-in one, or FILE#NAME
        endpoint: {host: 127.0.0.1, port: 8583}   # listen: true waits for the issuer; tls: {roots: FILE, …}
        seed: 1                             # of trace numbers and all that is drawn
        clock: real                         # or an instant: it stands still, and advance_s moves it
        within_ms: 5000                     # how long an answer is waited for
        unsolicited: failure                # or allowed: answers to nothing

        # Without a value: to be given by --var NAME=VALUE, or card numbers and keys by --variables FILE. card.pan goes
        # to DE 2 of every transaction, card.expiry to DE 14, card.sequence to DE 23.
        #
        # With mac_key: NAME, messages have the MAC of the dialect under that variable's key, and answers must; mac_key:
        # {send: NAME, receive: NAME} has a key for each direction, a step with mac_key others from then on, and mac:
        # {covers: message, algorithm: retail} another MAC. For a new key, key_blocks: {block: {key: NAME, protection:
        # NAME, usage: M3, mode: C}} makes a TR-31 block that is taken as ${block}; version: D is under AES, algorithm: A
        # for an AES key.
        variables:
          card.pan: ~
          currency: "978"

        # Elements of every transaction, beside the usual ones; ~ leaves one out.
        fields:
          49: "${currency}"

        steps:
          - {manage: sign-on, expect: {39: "00"}}      # or sign-off, echo, cut-over, key-change, or a code

          # A balance inquiry. amounts: [{type: "02", currency: "978", amount: 10000}] expects a balance of DE 54 in
          # minor units; tags: {"91": {present: true}} looks into DE 55.
          - {send: "0100", as: before, fields: {3: "310000", 4: 0}, expect: {39: "00", 54: {present: true}}}

          - send: "0100"
            as: payment                                 # so that later steps can speak of it
            fields: {4: "${random:100-2000}"}           # also ${now:MMddHHmmss} and ${stan}
            expect:
              39: "00"
              38: {matches: "[0-9A-Z]{6}"}              # or one_of: [..], present: true; ~ is absent
              44: ~
              echoes: [2, 3, 4, 7, 11, 32, 37, 41, 42, 49]

          # The same message again, as 0101: the same answer.
          - repeat: payment
            expect: {39: "00", 38: "${payment.38}"}

          # 0400 that names it in DE 90. new_total: "500" would reverse in part; late, with 68, says the answer came
          # too late; advise is an 0120, complete an 0220.
          - reverse: payment
            expect: {39: "00"}

          - {note: nothing is held, send: "0100", fields: {3: "310000", 4: 0}, expect: {54: "${before.54}"}}

          # An answer that is lost: nobody waits for it, the connection breaks, and the message comes again.
          - {send: "0100", as: lost, fields: {4: 100}, expect: later}
          - {connection: reset}
          - {connection: open}
          - {manage: sign-on}
          - {repeat: lost, expect: {39: "00"}}

          # What the issuer starts: {receive: "0302", as: told, expect: {101: HOTCARDS}, answer: {39: "30"}}, then
          # ${told.11}; answer: nothing is silence. Without answer it is accepted. Network management is accepted when it
          # comes, unless some step has an answer for its type: then each waits for its step.

          # 200 conversations, 16 at a time.
          - traffic: 200
            in_flight: 16                               # per_second: 50 holds them back
            mix:
              - {note: purchase, weight: 9, steps: [{send: "0100", fields: {4: 1}, expect: {39: "00"}}]}
              - {note: echo, weight: 1, steps: [{manage: echo, expect: {39: "00"}}]}

          - {manage: sign-off, expect: {39: "00"}}

        """
}
