"""Amusement parks as documents: rides with waiting times, attractions, opening hours."""

from boto3.dynamodb.types import TypeSerializer

_serialize = TypeSerializer().serialize


class Parks:
    def __init__(self, client, table="parks"):
        self.client = client
        self.table = table

    def create_table(self):
        self.client.create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "park_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "park_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST")
        self.client.get_waiter("table_exists").wait(TableName=self.table, WaiterConfig={"Delay": 1})

    @staticmethod
    def document(park, country, rides) -> dict:
        """A new park with `rides` rides, ride-0 … ride-n."""
        return {
            "park_id": park, "park_name": f"Park {park}", "country": country, "changes": 0,
            "rides": {
                f"ride-{n}": {"kind": "coaster" if n % 3 == 0 else "flat", "wait_minutes": 0, "changes": 0, "height_cm": 100 + n}
                for n in range(rides)},
            "attractions": [{"title": f"show {n}", "seats": 100 * (n + 1)} for n in range(3)],
            "opening_hours": {
                day: {"from": "09:00", "until": "18:00"} if day != "monday" else {"closed": True}
                for day in ("monday", "friday", "sunday")},
        }

    def add(self, document) -> dict:
        row = {name: _serialize(value) for name, value in document.items()}
        self.client.put_item(TableName=self.table, Item=row, ConditionExpression="attribute_not_exists(park_id)")
        return row

    def get(self, park) -> dict:
        return self.client.get_item(TableName=self.table, Key={"park_id": _serialize(park)}, ConsistentRead=True)["Item"]

    def set_wait(self, park, ride, minutes):
        """Sets one ride's waiting time, and counts the change on the ride and on the park."""
        self.client.update_item(
            TableName=self.table, Key={"park_id": _serialize(park)},
            UpdateExpression="SET rides.#r.wait_minutes = :m, rides.#r.changes = rides.#r.changes + :one ADD changes :one",
            ConditionExpression="attribute_exists(rides.#r)",
            ExpressionAttributeNames={"#r": ride},
            ExpressionAttributeValues={":m": _serialize(minutes), ":one": _serialize(1)})

    def list(self, country, most_minutes):
        """Parks of a country whose first ride is bearable: name, Friday's hours, that ride's wait, the first attraction."""
        pages = self.client.get_paginator("scan").paginate(
            TableName=self.table,
            FilterExpression="country = :c AND rides.#first.wait_minutes <= :m AND size(attractions) > :none",
            ProjectionExpression="park_id, park_name, opening_hours.friday, rides.#first.wait_minutes, attractions[0].title",
            ExpressionAttributeNames={"#first": "ride-0"},
            ExpressionAttributeValues={":c": _serialize(country), ":m": _serialize(most_minutes), ":none": _serialize(0)})
        return [one for page in pages for one in page["Items"]]

    def all(self) -> dict[str, dict]:
        pages = self.client.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True)
        return {one["park_id"]["S"]: one for page in pages for one in page["Items"]}
