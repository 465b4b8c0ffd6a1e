"""An extension on the official SDK: validates orders, and asks the platform for the agreement and the items meanwhile.

MPT_API_BASE_URL, MPT_API_TOKEN and HOOK_SECRET say where it asks and who may call. Prints its port.
"""

import json
import os
import socketserver
import wsgiref.simple_server

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=["mpt_extension_sdk.runtime.djapp.middleware.MPTClientMiddleware"],
    MPT_API_BASE_URL=os.environ["MPT_API_BASE_URL"],
    MPT_API_TOKEN=os.environ["MPT_API_TOKEN"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for tests",
)
django.setup()

from django.core.wsgi import get_wsgi_application
from django.urls import path
from mpt_extension_sdk.core.extension import Extension
from mpt_extension_sdk.core.security import JWTAuth
from mpt_extension_sdk.mpt_http.mpt import get_agreement, get_product_items_by_skus, get_webhook
from ninja.responses import Response

extension = Extension()


def secret(client, claims):
    # The webhook must exist, as for the extensions in production.
    get_webhook(client, claims["webhook_id"])["criteria"]["product.id"]
    return os.environ["HOOK_SECRET"]


def refused(order, message):
    order["error"] = {"id": "EXT01", "message": message}
    return order


@extension.api.post("/orders", auth=JWTAuth(secret))
def validate(request):
    try:
        order = json.loads(request.body)
        numbers = [line["item"]["externalIds"]["vendor"] for line in order["lines"]]
        agreement = get_agreement(request.client, order["agreement"]["id"])
        items = get_product_items_by_skus(request.client, order["product"]["id"], numbers)
    except Exception as error:
        return Response({"message": str(error)}, status=400)
    if len(items) != len(set(numbers)):
        return refused(order, "There is no such item.")
    if order["type"] == "Purchase":
        if max(line["quantity"] for line in order["lines"]) > 100:
            return refused(order, "At most 100 seats.")
        for parameter in order["parameters"]["ordering"]:
            if parameter["externalId"] == "membershipId":
                parameter["constraints"]["hidden"] = False
        return order
    known = {one["id"] for one in agreement["subscriptions"]}
    if agreement["status"] != "Active" or any(line["subscription"]["id"] not in known for line in order["lines"]):
        return refused(order, "There is no such subscription.")
    return order


urlpatterns = [path("", extension.api.urls)]


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


server = wsgiref.simple_server.make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet)
print(server.server_port, flush=True)
server.serve_forever()
