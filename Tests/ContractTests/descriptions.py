"""Fails unless the document says what everything in it is.

    descriptions.py DOCUMENT

Operations have a summary and a description; parameters, headers, schemas and properties have a description, of their
own or that of the schema that they refer to. Where there are more than two values to choose from, the description
names each, or a schema that does.
"""

import re
import sys

import yaml

from document import METHODS, resolve

COMBINATIONS = ("oneOf", "anyOf", "allOf")


class Descriptions:
    """Collects what a document does not describe."""

    def __init__(self, document):
        self.document = document
        self.schemas = document["components"]["schemas"]
        self.faults = []
        self.count = 0

    def resolve(self, part):
        return resolve(self.document, part)

    def demand(self, where, text):
        self.count += 1
        if not (text or "").strip():
            self.faults.append(f"{where} has no description")

    def description(self, part):
        """Its own, or that of what it refers to, or of its only alternative to null."""
        if "description" in part or "$ref" not in part and "oneOf" not in part:
            return part.get("description")
        if "$ref" in part:
            return self.description(self.resolve(part))
        alternatives = [each for each in part["oneOf"] if each.get("type") != "null"]
        return self.description(alternatives[0]) if len(alternatives) == 1 else None

    def check_values(self, where, values, description):
        """The description has each value in backticks, or a schema of these values that describes them."""
        named = set(re.findall(r"`([^`]+)`", description or ""))
        for name in named & self.schemas.keys():
            if set(values) <= set(self.schemas[name].get("enum", [])):
                return
        for value in values:
            if value is not None and str(value) not in named:
                self.faults.append(f"{where}: its description does not say what {value} is")

    def check_schema(self, where, schema):
        """All that is within it; what it refers to is checked where it stands."""
        if len(values := schema.get("enum", [])) > 2:
            self.demand(where, schema.get("description"))
            self.check_values(where, values, schema.get("description"))
        for name, each in schema.get("properties", {}).items():
            self.demand(f"{where}.{name}", self.description(each))
            self.check_schema(f"{where}.{name}", each)
        for name in COMBINATIONS:
            for each in schema.get(name, []):
                self.check_schema(where, each)
        if "items" in schema:
            self.check_schema(f"{where}[]", schema["items"])

    def check_parameter(self, where, parameter):
        parameter = self.resolve(parameter)
        self.demand(f"{where}: the parameter {parameter['name']}", parameter.get("description"))
        self.check_schema(f"{where}: the parameter {parameter['name']}", parameter["schema"])

    def check_operation(self, where, operation):
        self.demand(f"{where}: its summary", operation.get("summary"))
        self.demand(where, operation.get("description"))
        for parameter in operation.get("parameters", []):
            self.check_parameter(where, parameter)
        bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for name, body in bodies.items():
            body = self.resolve(body)
            for header, each in body.get("headers", {}).items():
                self.demand(f"{where}, {name}: the header {header}", self.resolve(each).get("description"))
            for content in body.get("content", {}).values():
                self.check_schema(f"{where}, {name}", content["schema"])

    def check(self):
        self.demand("the document", self.document["info"].get("description"))
        for tag in self.document["tags"]:
            self.demand(f"the tag {tag['name']}", tag.get("description"))
        for path, item in self.document["paths"].items():
            for parameter in item.get("parameters", []):
                self.check_parameter(path, parameter)
            for method in METHODS & item.keys():
                self.check_operation(item[method].get("operationId", f"{method} {path}"), item[method])
        for name, schema in self.schemas.items():
            self.demand(name, schema.get("description"))
            self.check_schema(name, schema)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        descriptions = Descriptions(yaml.safe_load(file))
    descriptions.check()
    for fault in dict.fromkeys(descriptions.faults):
        print(fault, file=sys.stderr)
    if not descriptions.faults:
        print(f"{descriptions.count} descriptions are there, and all values are told")
    return 1 if descriptions.faults or not descriptions.count else 0


if __name__ == "__main__":
    sys.exit(main())
