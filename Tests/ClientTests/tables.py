"""CreateTable requests in one line: keys are written "name:type"."""


def key_schema(partition: str, sort: str | None = None) -> list[dict]:
    """key_schema("id:S", "at:N") -> the KeySchema of a table or index."""
    names = [part.split(":")[0] for part in (partition, sort) if part]
    return [{"AttributeName": n, "KeyType": t} for n, t in zip(names, ("HASH", "RANGE"))]


def index(name, partition, sort=None, projection="ALL", include=None) -> dict:
    """One secondary index in CreateTable's form; keys as "name:type"."""
    described = {"IndexName": name, "KeySchema": key_schema(partition, sort), "Projection": {"ProjectionType": projection}}
    if include:
        described["Projection"]["NonKeyAttributes"] = include
    described["_keys"] = [part for part in (partition, sort) if part]
    return described


def table_request(name, partition, sort=None, gsi=(), lsi=(), **more) -> dict:
    """A CreateTable request, with AttributeDefinitions drawn from the keys ("name:type") of the table and its indexes."""
    keys = {part for part in (partition, sort) if part}
    for one in (*gsi, *lsi):
        keys.update(one["_keys"])
    request = {
        "TableName": name,
        "KeySchema": key_schema(partition, sort),
        "AttributeDefinitions": [
            {"AttributeName": n, "AttributeType": t} for n, t in sorted(key.split(":") for key in keys)],
        "BillingMode": "PAY_PER_REQUEST",
        **more,
    }
    for field, indexes in (("GlobalSecondaryIndexes", gsi), ("LocalSecondaryIndexes", lsi)):
        if indexes:
            request[field] = [{k: v for k, v in one.items() if k != "_keys"} for one in indexes]
    return request


def wait_until_active(client, name):
    """The table_exists waiter with a shorter nap than the 20 s that botocore's takes."""
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
