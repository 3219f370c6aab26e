"""Short ways to write DynamoDB's typed values, and AWS's rules for how large an item is."""

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def av(value) -> dict:
    """A Python value as an AttributeValue: av("x") == {"S": "x"}, av(1) == {"N": "1"}."""
    return _serializer.serialize(value)


def item(**attributes) -> dict:
    """An item from keyword arguments: item(pk="a", n=1)."""
    return {name: av(value) for name, value in attributes.items()}


def plain(attributes: dict) -> dict:
    """An item as plain Python values (numbers become Decimal)."""
    return {name: _deserializer.deserialize(value) for name, value in attributes.items()}


def item_size(attributes: dict) -> int:
    """The item's size in bytes by the rules of the Developer Guide, "DynamoDB Item sizes and formats"."""
    return sum(len(name.encode()) + value_size(value) for name, value in attributes.items())


def value_size(value: dict) -> int:
    (kind, payload), = value.items()
    if kind == "S":
        return len(payload.encode())
    if kind == "B":
        return len(payload)
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "N":
        digits = payload.lstrip("-").replace(".", "").strip("0")
        return (len(digits) + 1) // 2 + 1 + payload.startswith("-")
    if kind == "SS":
        return sum(len(member.encode()) for member in payload)
    if kind == "BS":
        return sum(len(member) for member in payload)
    if kind == "L":
        return 3 + sum(1 + value_size(member) for member in payload)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + value_size(member) for name, member in payload.items())
    raise ValueError(f"the size of a {kind} is not needed by any test")
