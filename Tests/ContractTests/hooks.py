"""What the contract tests do around each request.

A document cannot say which ids exist, that a key is new, or that a link's card id excludes a generated number. These
hooks see to that, in requests that are meant to be valid only: every other one gets an id that exists. They also
count answers, so that a run in which an operation never succeeded is a failure: a test that only ever gets refusals
proves little.
"""

import atexit
import collections
import itertools
import os
import re
import uuid

import requests
import schemathesis

VALID_KEY = re.compile(r"[!-~]{1,200}\Z")
#: One request in so many keeps the key that was generated, which others may have used.
KEPT_KEYS = 4
#: Authorizations that are there for reversals and clearings.
PREPARED = 40
#: Seconds for which a request may wait for events; some are longer than the test waits for its answer.
WAITS = {str(seconds) for seconds in range(1, 31)}
SHORT_WAIT = 1
#: Where the server may send events, and nobody listens.
WEBHOOK = "http://127.0.0.1:9/events"
#: API keys that may be live before they are revoked.
MOST_KEYS = 50
#: Lists that go on from one of their own elements.
PAGED = {
    "list_accounts", "list_account_cards", "list_cardholder_cards", "list_legal_holds", "list_tokens",
    "list_card_batches", "list_cardholders", "list_webhook_notices",
}
MERCHANT = {"name": "Corner Bakery", "id": "BAKERY0001", "mcc": "5462", "country": "DE", "city": "Berlin"}

answers = collections.Counter()
calls = 0


class Prepared:
    """Resources made before the test, by the operation that may use them up."""

    def __init__(self):
        self.program, self.currency = self.first_program()
        self.account, self.card = self.make_card()
        self.spare_account, _ = self.make_card()
        _, self.spare_card = self.make_card()
        self.receiver, _ = self.make_card()
        self.transfer = self.transfer_money()
        self.batch = self.make_batch()
        self.token = self.register_token()
        self.cardholder = self.make_cardholder()
        self.own_key = self.first_key()
        self.authorizations = itertools.cycle([self.authorize() for _ in range(PREPARED)])
        self.sandbox = self.first_sandbox()
        _, self.sandbox_card = self.make_card(self.sandbox)

    def first_program(self):
        program = self.send("GET", "/v1/programs")["items"][0]
        return program["id"], program["currencies"][0]["currency"]

    def first_sandbox(self):
        return next(program["id"] for program in self.send("GET", "/v1/programs")["items"] if program["sandbox"])

    def first_key(self):
        """The key that is used here: the tenant's first, behind all that earlier runs have made."""
        keys = page = self.send("GET", "/v1/api-keys?limit=1000")["items"]
        while page:
            keys = page
            page = self.send("GET", f"/v1/api-keys?limit=1000&before={keys[-1]['id']}")["items"]
        return keys[-1]["id"]

    def make_card(self, program=None):
        body = {"program_id": program or self.program, "balances": [{"currency": self.currency}]}
        account = self.send("POST", "/v1/accounts", body)["id"]
        self.send("POST", f"/v1/accounts/{account}/fundings", {"amount": self.money(1_000_000)})
        return account, self.send("POST", f"/v1/accounts/{account}/cards", {})["id"]

    def authorize(self):
        return self.send("POST", "/v1/authorizations", self.payment())["id"]

    def simulate(self):
        """A hold that increments may be added to."""
        body = {**self.simulation(), "purpose": "pre_authorization"}
        return self.send("POST", "/v1/simulate/authorizations", body)["authorization"]["id"]

    def simulation(self):
        return {"card_id": self.sandbox_card, "amount": self.money(1), "merchant": MERCHANT}

    def transfer_money(self):
        body = {"to_account_id": self.receiver, "amount": self.money(100)}
        return self.send("POST", f"/v1/accounts/{self.account}/transfers", body)["id"]

    def make_batch(self):
        return self.send("POST", "/v1/card-batches", self.batch_body())["id"]

    def make_endpoint(self):
        return self.send("POST", "/v1/webhook-endpoints", {"url": WEBHOOK})["id"]

    def endpoints(self):
        return [endpoint["id"] for endpoint in self.send("GET", "/v1/webhook-endpoints")["items"]]

    def live_endpoint(self):
        """One that is there: requests with generated ids remove some."""
        endpoints = self.endpoints()
        return endpoints[0] if endpoints else self.make_endpoint()

    def spare_endpoint(self):
        """One that may be removed; a tenant has few of them."""
        endpoints = self.endpoints()
        return endpoints[-1] if len(endpoints) > 1 else self.make_endpoint()

    def batch_body(self):
        """On an account of its own: requests that follow links freeze others."""
        account, _ = self.make_card()
        opening = {"program_id": self.program, "balances": [{"currency": self.currency}]}
        return {"rows": [{"reference": "a", "account_id": account}, {"reference": "b", "opening": opening}]}

    def register_token(self):
        return self.send("POST", f"/v1/cards/{self.card}/tokens", {"number": self.token_number()})["id"]

    def make_cardholder(self):
        return self.send("POST", "/v1/cardholders", {})["id"]

    def make_closed_cardholder(self):
        cardholder = self.make_cardholder()
        self.send("POST", f"/v1/cardholders/{cardholder}/status", {"status": "closed", "reason": "contract"})
        return cardholder

    @staticmethod
    def token_number():
        """Sixteen digits that no other token has, the last of them their check digit."""
        digits = f"489537{uuid.uuid4().int % 10**9:09}"
        doubled = sum(sum(divmod(int(digit) * 2, 10)) for digit in digits[::-2])
        return digits + str(-(doubled + sum(int(digit) for digit in digits[-2::-2])) % 10)

    def make_room(self):
        """A tenant has few live keys: those of before go, but the one that is used here."""
        keys = self.send("GET", "/v1/api-keys?limit=1000")["items"]
        live = [key["id"] for key in keys if key["state"] == "live" and key["id"] != self.own_key]
        if len(live) >= MOST_KEYS:
            for key in live:
                self.send("POST", f"/v1/api-keys/{key}/revoke", {})

    def make_key(self):
        self.make_room()
        return self.send("POST", "/v1/api-keys", {"label": "contract"})["id"]

    def make_waiting(self):
        """A card with an instance that waits for its activation."""
        _, card = self.make_card()
        self.send("POST", f"/v1/cards/{card}/instances", {"reason": "renewal"})
        return card

    def payment(self):
        amount = self.money(100)
        return {"card_id": self.card, "transaction_amount": amount, "kind": "purchase", "merchant": MERCHANT}

    def money(self, amount):
        return {"amount": amount, "currency": self.currency}

    def send(self, method, path, body=None):
        headers = {"Authorization": "Bearer " + os.environ["AVAL_API_KEY"], "Idempotency-Key": str(uuid.uuid4())}
        url = os.environ["AVAL_URL"].rstrip("/") + path
        response = requests.request(method, url, json=body, headers=headers, timeout=10)
        response.raise_for_status()
        return response.json()

    def mend(self, operation, case):
        """Gives a valid request something that exists."""
        match operation:
            case "get_program":
                self.name(case, self.program)
            case "get_account" | "fund_account" | "issue_card" | "withdraw" | "transfer_money":
                self.name(case, self.account)
            case "list_legal_holds" | "list_account_cards":
                self.name(case, self.account)
            case "adjust_balance" | "place_legal_hold" | "set_credit_limit":
                self.name(case, self.account)
            case "create_api_key":
                self.make_room()
                case.body = {"label": "contract"}
            case "change_api_key":
                self.name(case, self.make_key())
                case.body = {"usual_rate": True}
            case "rotate_api_key" | "revoke_api_key":
                self.name(case, self.make_key())
            case "get_transfer":
                self.name(case, self.transfer)
            case "reissue_card" | "replace_card":
                self.name(case, self.make_card()[1])
            case "activate_instance":
                self.name(case, self.make_waiting())
                case.body = {"sequence_number": 1}
            case "change_account_status":
                self.name(case, self.spare_account)
            case "change_token_status":
                self.name(case, self.token)
            case "register_token":
                # Requests that follow links block others.
                self.name(case, self.make_card()[1])
                case.body = {**case.body, "number": self.token_number()}
            case "get_card" | "list_tokens" | "reveal_card" | "make_reveal_token" | "set_pin" | "unblock_pin":
                self.name(case, self.card)
            case "change_card_status":
                self.name(case, self.spare_card)
            case "get_authorization" | "reverse_authorization" | "clear_authorization":
                self.name(case, next(self.authorizations))
            case "create_cardholder":
                case.body = {"reference": uuid.uuid4().hex}
            case "get_cardholder" | "list_cardholder_cards":
                self.name(case, self.cardholder)
            case "change_cardholder":
                self.name(case, self.cardholder)
                case.body = {"embossed_name": "CON TRACT"}
            case "change_cardholder_status":
                self.name(case, self.make_cardholder())
                case.body = {**case.body, "status": "suspended"}
            case "erase_cardholder":
                self.name(case, self.make_closed_cardholder())
            case "authorize":
                case.body = self.payment()
            case "simulate_authorization":
                case.body = self.simulation()
            case "simulate_reversal" | "simulate_expiry":
                self.name(case, self.simulate())
            case "simulate_increment" | "simulate_advice" | "simulate_refund" | "simulate_clearing":
                self.name(case, self.simulate())
                case.body = {"amount": self.money(1)}
            case "get_test_clock":
                self.name(case, self.sandbox)
            case "move_test_clock":
                self.name(case, self.sandbox)
                case.body = {"advance_seconds": 1}
            case "create_card_batch":
                case.body = self.batch_body()
            case "get_card_batch" | "list_card_batch_rows":
                self.name(case, self.batch)
            case "cancel_card_batch":
                self.name(case, self.make_batch())
            case "create_webhook_endpoint":
                case.body = {"url": WEBHOOK}
            case "change_webhook_endpoint":
                self.name(case, self.live_endpoint())
                case.body = {**case.body, "url": WEBHOOK}
            case "get_webhook_endpoint" | "rotate_webhook_secret" | "test_webhook_endpoint":
                self.name(case, self.live_endpoint())
            case "list_webhook_deliveries":
                self.name(case, self.live_endpoint())
                case.query = {key: value for key, value in (case.query or {}).items() if key != "after"}
            case "replay_webhook_events":
                self.name(case, self.live_endpoint())
                case.body = {"occurred_from": "2020-01-01T00:00:00Z", "occurred_to": "2020-01-02T00:00:00Z"}
            case "remove_webhook_endpoint":
                self.name(case, self.spare_endpoint())
            case "list_events":
                case.query = {**(case.query or {}), "account_id": self.account}
                case.query.pop("after", None)
            case "list_authorizations":
                case.query = {**(case.query or {}), "account_id": self.account, "card_id": self.card}
                case.query.pop("cursor", None)
            case "open_account":
                holder = {"cardholder_id": self.cardholder} if "cardholder_id" in (case.body or {}) else {}
                case.body = {"program_id": self.program, "balances": [{"currency": self.currency}], **holder}
        if operation == "issue_card" and isinstance(case.body, dict) and "cardholder_id" in case.body:
            case.body = {**case.body, "cardholder_id": self.cardholder}
        if operation in ("change_card_status", "replace_card"):
            # Whether it goes with the status is not the schema's to say.
            case.body = {name: value for name, value in case.body.items() if name != "status_reason"}
        if operation == "list_accounts":
            holder = {"cardholder_id": self.cardholder} if "cardholder_id" in (case.query or {}) else {}
            case.query = {**(case.query or {}), "program_id": self.program, **holder}
        if operation in PAGED:
            case.query = {key: value for key, value in (case.query or {}).items() if key != "before"}
        if operation == "transfer_money":
            case.body = {"to_account_id": self.receiver, "amount": self.money(100)}
        if operation == "set_credit_limit":
            case.body = {"amount": self.money(100), "reason": "Asked for."}
        if operation in ("fund_account", "withdraw", "clear_authorization"):
            case.body = {**case.body, "amount": self.money(100)}
            case.body.pop("billing_amount", None)

    def spare(self, operation, case):
        """Keeps the key that this test itself sends."""
        if operation.endswith("_api_key") and case.path_parameters.get("id") == self.own_key:
            self.name(case, self.make_key())

    @staticmethod
    def name(case, identifier):
        case.path_parameters["id"] = identifier


prepared = None


@schemathesis.hook
def before_call(context, case, kwargs):
    global calls, prepared
    prepared = prepared or Prepared()
    calls += 1
    headers = case.headers or {}
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and VALID_KEY.match(key) and calls % KEPT_KEYS:
        headers["Idempotency-Key"] = f"{key}-{os.getpid()}-{calls}"
    if str((case.query or {}).get("wait")) in WAITS:
        case.query["wait"] = SHORT_WAIT
    prepared.spare(operation_id(case), case)
    if is_positive(case):
        if calls % 2:
            prepared.mend(operation_id(case), case)
        if isinstance(case.body, dict) and {"card_id", "pan"} <= case.body.keys():
            del case.body["pan"]


@schemathesis.hook
def after_call(context, case, response):
    answers[operation_id(case), response.status_code] += 1


def operation_id(case):
    return case.operation.definition.raw.get("operationId", case.operation.label)


def is_positive(case):
    """Whether the case was meant to be valid; only such a case may be mended."""
    meta = getattr(case, "meta", None)
    return meta is not None and meta.generation.mode.is_positive


@atexit.register
def report():
    path = os.environ.get("AVAL_ANSWERS")
    if not path:
        return
    with open(path, "w", encoding="utf-8") as file:
        for (operation, status), count in sorted(answers.items()):
            file.write(f"{operation} {status} {count}\n")
