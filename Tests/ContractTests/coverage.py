"""Fails unless every operation of the document had at least one success.

    coverage.py DOCUMENT ANSWERS
"""

import re
import sys

#: What needs a program's keys for PINs, which the demonstration has none of: tests of the door show them succeed.
WITHOUT_KEYS = {"set_pin", "unblock_pin"}
#: What only operators may do, as which nobody asks here: tests of the door show them succeed, too.
OF_OPERATORS = {
    "create_program", "change_program", "approve_program", "withdraw_program", "list_operator_actions", "adjust_balance",
    "place_legal_hold", "release_legal_hold",
}

#: Answers that do not end: tests of the door show them succeed.
STREAMS = {"stream_events"}


def main():
    document, answers = sys.argv[1:]
    with open(document, encoding="utf-8") as file:
        operations = re.findall(r"^ {6}operationId: (\w+)$", file.read(), re.MULTILINE)
    succeeded = set()
    with open(answers, encoding="utf-8") as file:
        for line in file:
            operation, status, _ = line.split()
            if status.startswith("2"):
                succeeded.add(operation)
    apart = WITHOUT_KEYS | OF_OPERATORS | STREAMS
    missing = [operation for operation in operations if operation not in succeeded | apart]
    for operation in missing:
        print(f"{operation} never succeeded: the run proves nothing of its answers", file=sys.stderr)
    return 1 if missing or not operations else 0


if __name__ == "__main__":
    sys.exit(main())
