"""Fails unless the document has a valid example of every request, every success and every error.

    examples.py DOCUMENT

An example stands beside the schema of a body, or within an answer's schema when the same answer has several places.
Each error's code has an example of its own, named by it, with its status; those of no operation stand in the schema of
problems. Discriminators are complete.
"""

import re
import sys

import jsonschema
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from document import METHODS, resolve

PROBLEM = "application/problem+json"


class Examples:
    """Collects what is wrong with the examples of a document."""

    def __init__(self, document):
        self.document = document
        self.registry = Registry().with_resource("urn:aval", Resource(document, DRAFT202012))
        self.faults = []
        self.count = 0

    def resolve(self, part):
        return resolve(self.document, part)

    def validate(self, where, schema, value):
        self.count += 1
        if "$ref" in schema:
            schema = {"$ref": "urn:aval" + schema["$ref"]}
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        validator = jsonschema.Draft202012Validator(schema, registry=self.registry, format_checker=checker)
        for error in validator.iter_errors(value):
            self.faults.append(f"{where}: its example is not valid at {error.json_path}: {error.message[:200]}")

    def check_body(self, where, body, is_request=False):
        """Each media type has an example, and all are valid. A request's is its own: what is sent says what is meant."""
        for name, content in body.get("content", {}).items():
            values = [example["value"] for example in content.get("examples", {}).values()]
            values += [content["example"]] if "example" in content else []
            if not values and not is_request:
                values = self.resolve(content["schema"]).get("examples", [])
            if not values:
                self.faults.append(f"{where}: {name} has no example")
            for value in values:
                self.validate(where, content["schema"], value)

    def check_operations(self):
        for path, item in self.document["paths"].items():
            for method in METHODS & item.keys():
                operation = item[method]
                where = operation.get("operationId", f"{method} {path}")
                self.check_body(f"{where}, request", self.resolve(operation.get("requestBody", {})), is_request=True)
                for status, response in operation["responses"].items():
                    self.check_body(f"{where}, {status}", self.resolve(response))
                    self.check_problems(f"{where}, {status}", int(status), self.resolve(response))

    def check_problems(self, where, status, response):
        """An error's examples have its status, and each is named by its code."""
        for name, example in response.get("content", {}).get(PROBLEM, {}).get("examples", {}).items():
            self.check_problem(where, name, status, example["value"])

    def check_problem(self, where, name, status, value):
        said = (value["code"], value["status"], value["type"])
        if said != (name, status, f"urn:aval:problem:{name}"):
            self.faults.append(f"{where}: the example {name} says {said}")

    def check_codes(self):
        """Each code has an example in the shared answers, or as a problem of no operation."""
        shown = set()
        codes = self.document["components"]["schemas"]["ProblemCode"]
        told = dict(re.findall(r"^\| `(\w+)` \| (\d{3}) \|", codes["description"], re.MULTILINE))
        for value in self.document["components"]["schemas"]["Problem"].get("examples", []):
            self.validate("Problem", {"$ref": "#/components/schemas/Problem"}, value)
            self.check_problem("Problem", value["code"], int(told.get(value["code"], 0)), value)
            shown.add(value["code"])
        for response in self.document["components"]["responses"].values():
            shown |= response["content"][PROBLEM].get("examples", {}).keys()
        for code in codes["enum"]:
            if code not in shown:
                self.faults.append(f"the error {code} has no example")

    def check_discriminators(self):
        """Each kind of a schema's alternatives leads to it: generated clients go by this table."""
        for name, schema in self.document["components"]["schemas"].items():
            mapping = schema.get("discriminator", {}).get("mapping", {})
            for part in schema.get("oneOf", []) if mapping else []:
                kind = self.resolve(part)["properties"][schema["discriminator"]["propertyName"]]
                for value in kind.get("enum", [kind.get("const")]):
                    if mapping.get(value) != part["$ref"]:
                        self.faults.append(f"the discriminator of {name} does not lead from {value} to {part['$ref']}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        examples = Examples(yaml.safe_load(file))
    examples.check_operations()
    examples.check_codes()
    examples.check_discriminators()
    for fault in dict.fromkeys(examples.faults):
        print(fault, file=sys.stderr)
    if not examples.faults:
        print(f"{examples.count} examples are valid; every request, success and error has one")
    return 1 if examples.faults or not examples.count else 0


if __name__ == "__main__":
    sys.exit(main())
