"""What the checks of the document share."""

METHODS = {"get", "post", "put", "patch", "delete"}


def resolve(document, part):
    """The part, or what it refers to, however often."""
    while "$ref" in part:
        found = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part
