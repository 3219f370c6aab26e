"""A chat server's table of who is connected: connect, disconnect, and a broadcast to everyone there."""

from boto3.dynamodb.types import TypeSerializer

_serialize = TypeSerializer().serialize


class Connections:
    def __init__(self, client, table="connections"):
        self.client = client
        self.table = table

    def create_table(self):
        self.client.create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "connection_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "connection_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST")
        self.client.get_waiter("table_exists").wait(TableName=self.table, WaiterConfig={"Delay": 1})

    @staticmethod
    def key(connection) -> dict:
        return {"connection_id": _serialize(connection)}

    @classmethod
    def row(cls, connection, nickname) -> dict:
        return {**cls.key(connection), "nickname": _serialize(nickname), "protocol": _serialize("wss")}

    def connect(self, connection, nickname) -> dict:
        row = self.row(connection, nickname)
        self.client.put_item(TableName=self.table, Item=row)
        return row

    def connect_many(self, rows):
        """Up to 25 connections in one batch."""
        requests = {self.table: [{"PutRequest": {"Item": row}} for row in rows]}
        while requests:
            requests = self.client.batch_write_item(RequestItems=requests)["UnprocessedItems"]

    def disconnect(self, connection):
        self.client.delete_item(TableName=self.table, Key=self.key(connection))

    def broadcast(self, page_size=None) -> list[str]:
        """Everyone a message goes to: a scan of the whole table, page by page."""
        paging = {"PaginationConfig": {"PageSize": page_size}} if page_size else {}
        pages = self.client.get_paginator("scan").paginate(
            TableName=self.table, ConsistentRead=True, ProjectionExpression="connection_id", **paging)
        return [one["connection_id"]["S"] for page in pages for one in page["Items"]]

    def all(self) -> dict[str, dict]:
        pages = self.client.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True)
        return {one["connection_id"]["S"]: one for page in pages for one in page["Items"]}
