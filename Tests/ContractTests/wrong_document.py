"""Makes a copy of the OpenAPI document that is wrong in one place.

    wrong_document.py NAME < aval.yaml > wrong.yaml
    wrong_document.py --list

A contract test that passes with such a copy tests nothing.
"""

import sys

import yaml


def remove_status(document):
    """Authorizations are not said to answer 201."""
    responses = document["paths"]["/v1/authorizations"]["post"]["responses"]
    responses["200"] = responses.pop("201")


def change_type(document):
    """The last four digits are said to be a number."""
    document["components"]["schemas"]["Card"]["properties"]["last_four"] = {"type": "integer"}


def remove_field(document):
    """An authorization is not said to have a hold."""
    schema = document["components"]["schemas"]["Authorization"]
    schema["required"].remove("hold")
    del schema["properties"]["hold"]


def change_media_type(document):
    """Problems are said to be plain JSON."""
    for response in document["components"]["responses"].values():
        response["content"] = {"application/json": response["content"]["application/problem+json"]}


WRONG = {
    "removed-status": remove_status,
    "changed-type": change_type,
    "removed-field": remove_field,
    "changed-media-type": change_media_type,
}


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(WRONG))
        return 0
    if len(sys.argv) != 2 or sys.argv[1] not in WRONG:
        print(__doc__, file=sys.stderr)
        return 2
    document = yaml.safe_load(sys.stdin)
    WRONG[sys.argv[1]](document)
    yaml.safe_dump(document, sys.stdout, sort_keys=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
