"""A shop: customers check out, workers handle each order once, an administrator lists orders by status and time."""

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

PENDING, PROCESSING, DONE = "PENDING", "PROCESSING", "DONE"

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class Orders:
    """Orders are keyed by customer and order id; the index by-status lists them by status and time of checkout."""

    def __init__(self, client, table="orders"):
        self.client = client
        self.table = table

    def create_table(self):
        self.client.create_table(
            TableName=self.table,
            KeySchema=[
                {"AttributeName": "customer_id", "KeyType": "HASH"}, {"AttributeName": "order_id", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"}
                for name in ("customer_id", "order_id", "order_status", "placed_at")],
            GlobalSecondaryIndexes=[{
                "IndexName": "by-status",
                "KeySchema": [
                    {"AttributeName": "order_status", "KeyType": "HASH"}, {"AttributeName": "placed_at", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }],
            BillingMode="PAY_PER_REQUEST")
        self.client.get_waiter("table_exists").wait(TableName=self.table, WaiterConfig={"Delay": 1})

    @staticmethod
    def new_order(customer, order, placed_at, note="") -> dict:
        return {
            "customer_id": _serialize(customer), "order_id": _serialize(order), "placed_at": _serialize(placed_at),
            "order_status": _serialize(PENDING), "note": _serialize(note),
            "articles": _serialize([{"sku": f"sku-{order[-1]}", "quantity": 2, "cents": 1999}, {"sku": "bag", "quantity": 1, "cents": 50}]),
        }

    @staticmethod
    def key(customer, order) -> dict:
        return {"customer_id": _serialize(customer), "order_id": _serialize(order)}

    def checkout(self, customer, order, placed_at, note="") -> dict:
        """Places an order; raises ConditionalCheckFailedException if there is one with this id already."""
        placed = self.new_order(customer, order, placed_at, note)
        self.client.put_item(
            TableName=self.table, Item=placed, ConditionExpression="attribute_not_exists(order_id)")
        return placed

    def import_orders(self, orders):
        """Writes many orders in batches of 25."""
        orders = list(orders)
        for start in range(0, len(orders), 25):
            requests = {self.table: [{"PutRequest": {"Item": one}} for one in orders[start:start + 25]]}
            while requests:
                requests = self.client.batch_write_item(RequestItems=requests)["UnprocessedItems"]

    def claim(self, customer, order, worker) -> bool:
        """Takes a pending order for this worker; False if another worker has it."""
        return self._move(customer, order, PENDING, PROCESSING, worker, "attribute_not_exists(worker)")

    def finish(self, customer, order, worker) -> bool:
        """Marks an order of this worker as done."""
        return self._move(customer, order, PROCESSING, DONE, worker, "worker = :worker")

    def _move(self, customer, order, old, new, worker, condition) -> bool:
        try:
            self.client.update_item(
                TableName=self.table, Key=self.key(customer, order),
                UpdateExpression="SET order_status = :new, worker = :worker ADD moves :one",
                ConditionExpression=f"order_status = :old AND {condition}",
                ExpressionAttributeValues={
                    ":old": _serialize(old), ":new": _serialize(new), ":worker": _serialize(worker), ":one": _serialize(1)})
            return True
        except self.client.exceptions.ConditionalCheckFailedException:
            return False

    def cancel(self, customer, order) -> bool:
        """Deletes an order that no worker has begun."""
        try:
            self.client.delete_item(
                TableName=self.table, Key=self.key(customer, order), ConditionExpression="order_status = :pending",
                ExpressionAttributeValues={":pending": _serialize(PENDING)})
            return True
        except self.client.exceptions.ConditionalCheckFailedException:
            return False

    def pending(self, limit) -> list[tuple[str, str]]:
        """The oldest pending orders, as (customer, order)."""
        answer = self.client.query(
            TableName=self.table, IndexName="by-status", KeyConditionExpression="order_status = :s",
            ExpressionAttributeValues={":s": _serialize(PENDING)}, Limit=limit,
            ProjectionExpression="customer_id, order_id")
        return [(one["customer_id"]["S"], one["order_id"]["S"]) for one in answer["Items"]]

    def list_by_status(self, status, page_size=None, newest_first=False):
        """The administrator's list: pages of orders in order of checkout."""
        paging = {"PaginationConfig": {"PageSize": page_size}} if page_size else {}
        return self.client.get_paginator("query").paginate(
            TableName=self.table, IndexName="by-status", KeyConditionExpression="order_status = :s",
            ExpressionAttributeValues={":s": _serialize(status)}, ScanIndexForward=not newest_first, **paging)

    def all(self) -> dict[tuple[str, str], dict]:
        """Every order, by (customer, order), straight from the table."""
        pages = self.client.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True)
        return {(one["customer_id"]["S"], one["order_id"]["S"]): one for page in pages for one in page["Items"]}
