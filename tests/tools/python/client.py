"""The official client against a server: BASE_URL and TOKEN are the arguments."""

import sys

from mpt_api_client import MPTClient, RQLQuery
from mpt_api_client.auth.base import BearerTokenAuthentication

client = MPTClient.from_config(BearerTokenAuthentication(sys.argv[2]), sys.argv[1])
products = client.catalog.products
print("products", *(product.id for product in products.iterate()))
print("published", *(product.id for product in products.filter(RQLQuery(status="Published")).iterate()))
product = products.get("PRD-1111-1111").to_dict()
print("switch", product["settings"]["preValidation"]["purchaseOrderDraft"], product["shortDescription"])
products.update_settings("PRD-1111-1111", {"preValidation": {"purchaseOrderDraft": False}})
print("switch", products.get("PRD-1111-1111").to_dict()["settings"]["preValidation"]["purchaseOrderDraft"])
draft = client.commerce.orders.filter(RQLQuery(status="Draft") & RQLQuery("agreement.product.id").in_(["PRD-1111-1111"]))
print("orders", *sorted(order.id for order in draft.iterate()))
print("agreement", client.commerce.agreements.get("AGR-8000-0008-0009").to_dict()["subscriptions"][0]["id"])
print("licensee", client.accounts.licensees.get("LCE-4000-0004-0005").to_dict()["address"]["city"])
items = client.catalog.items.filter(RQLQuery("externalIds.vendor").in_(["NW-ED-01"])).iterate()
print("items", *(item.id for item in items))
order = client.commerce.orders.create({"type": "Purchase", "agreement": {"id": "AGR-8000-0008-0009"}})
print("created", order.to_dict()["status"], order.to_dict()["product"]["id"])
changed = client.commerce.orders.update(order.id, {"notes": "Ten seats", "lines": [{"quantity": 10}]})
print("changed", changed.to_dict()["notes"], changed.to_dict()["lines"][0]["id"])
