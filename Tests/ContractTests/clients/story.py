"""A first day with Aval, by the client that openapi-python-client makes of the document.

    story.py URL API_KEY

Expects that client as the package `aval_client`.
"""

import sys
import uuid

import httpx
from aval_client import AuthenticatedClient
from aval_client.api.accounts import fund_account, get_account, list_programs, open_account
from aval_client.api.authorizations import authorize, get_authorization, list_authorizations, reverse_authorization
from aval_client.api.cards import issue_card
from aval_client.api.events import list_events
from aval_client.models import (
    AccountOpening, AccountOpeningBalancesItem, AcknowledgementAcknowledgement, AmountOrZero,
    AuthorizationDecisionStatus, AuthorizationEvent, AuthorizationRequest, AuthorizationStatus, CardIssue, CardStatus,
    DeclineReason, EntryType, EventType, FundingRequest, Merchant, MoneyEvent, PositiveAmount, Problem, ProblemCode,
    ReversalRequest, TransactionKind,
)
from aval_client.types import UNSET

FUNDED = 10_000
SPENT = 2_500
TOO_MUCH = 20_000


class Story:
    def __init__(self, url, key):
        self.url = url
        # Longer than the wait for events.
        patience = httpx.Timeout(30)
        self.client = AuthenticatedClient(base_url=url, token=key, timeout=patience, raise_on_unexpected_status=True)

    def carry_out(self, operation, *arguments, **named):
        """The parsed answer of an operation that must succeed, sent with a key of its own."""
        answer = operation.sync(*arguments, client=self.client, idempotency_key=str(uuid.uuid4()), **named)
        assert not isinstance(answer, Problem), answer
        return answer

    def open_funded_account(self):
        program = list_programs.sync(client=self.client).items[0]
        balance = AccountOpeningBalancesItem(currency="EUR")
        opening = AccountOpening(program_id=program.id, balances=[balance])
        account = self.carry_out(open_account, body=opening)
        funding = FundingRequest(amount=PositiveAmount(amount=FUNDED, currency="EUR"), reference="first day")
        assert self.carry_out(fund_account, account.id, body=funding).balance_after.posted == FUNDED
        return account.id

    def pay(self, card, amount):
        merchant = Merchant(name="Corner Bakery", id="BAKERY0001", mcc="5462", country="DE", city="Berlin")
        money = AmountOrZero(amount=amount, currency="EUR")
        request = AuthorizationRequest(
            card_id=card, kind=TransactionKind.PURCHASE, transaction_amount=money, merchant=merchant
        )
        return self.carry_out(authorize, body=request)

    def available(self, account):
        return get_account.sync(account, client=self.client).balances[0].available

    def pay_and_reverse(self, account):
        card = self.carry_out(issue_card, account, body=CardIssue())
        assert card.status is CardStatus.ACTIVE, card.status
        approved = self.pay(card.id, SPENT)
        assert approved.status is AuthorizationDecisionStatus.APPROVED, approved
        assert approved.hold.amount == SPENT and len(approved.approval_code) == 6
        declined = self.pay(card.id, TOO_MUCH)
        assert declined.status is AuthorizationDecisionStatus.DECLINED, declined
        assert declined.decline_reasons[0] is DeclineReason.INSUFFICIENT_FUNDS
        assert self.available(account) == FUNDED - SPENT
        reversal = self.carry_out(reverse_authorization, approved.id, body=ReversalRequest())
        assert reversal.acknowledgement is AcknowledgementAcknowledgement.APPLIED, reversal
        assert self.available(account) == FUNDED
        return approved.id, declined.id

    def read_back(self, account, approved, declined):
        page = list_authorizations.sync(client=self.client, account_id=account)
        found = {item.id: item.status for item in page.items}
        assert found == {approved: AuthorizationStatus.REVERSED, declined: AuthorizationStatus.DECLINED}, found
        history = get_authorization.sync(approved, client=self.client).history
        assert [entry.type_ for entry in history] == [EntryType.AUTHORIZATION, EntryType.REVERSAL], history
        events = self.events_until(account, EventType.AUTHORIZATION_REVERSED)
        assert [event.account_sequence for event in events] == list(range(1, len(events) + 1))
        assert any(isinstance(event, MoneyEvent) for event in events)
        assert any(isinstance(event, AuthorizationEvent) for event in events)

    def events_until(self, account, last):
        """The account's events from its opening on. They come a moment after the answers."""
        events, after = [], UNSET
        while not events or events[-1].type_ != last:
            page = list_events.sync(client=self.client, account_id=account, after=after, wait=10)
            assert page.items or page.has_more, f"no event came after {[event.type_ for event in events]}"
            events, after = events + page.items, page.next_cursor
        return events

    def be_refused(self, account):
        unknown = "acc_" + "0" * 32
        self.expect(get_account.sync(unknown, client=self.client), ProblemCode.ACCOUNT_NOT_FOUND, 404)
        other_currency = FundingRequest(amount=PositiveAmount(amount=1, currency="JPY"))
        refused = fund_account.sync(account, client=self.client, body=other_currency, idempotency_key=str(uuid.uuid4()))
        self.expect(refused, ProblemCode.CURRENCY_NOT_HELD, 422)
        assert refused.errors[0].pointer == "/amount/currency" and refused.errors[0].header is UNSET
        stranger = AuthenticatedClient(base_url=self.url, token="aval_sk_unknown")
        self.expect(list_programs.sync(client=stranger), ProblemCode.UNAUTHENTICATED, 401)

    @staticmethod
    def expect(answer, code, status):
        assert isinstance(answer, Problem), answer
        assert (answer.code, answer.status) == (code, status), answer


def main():
    story = Story(*sys.argv[1:])
    account = story.open_funded_account()
    approved, declined = story.pay_and_reverse(account)
    story.read_back(account, approved, declined)
    story.be_refused(account)
    print("the client for Python: a first day from the account to its events, and three refusals")


if __name__ == "__main__":
    main()
