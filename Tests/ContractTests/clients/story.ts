// A first day with Aval, by the client that openapi-generator makes of the document for TypeScript.
//
//     node story.ts URL API_KEY
//
// Expects that client in `./aval_client`.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

import {
    type AccountEvent,
    AccountsApi,
    AcknowledgementAcknowledgementEnum,
    AuthorizationDecisionStatusEnum,
    AuthorizationsApi,
    AuthorizationStatus,
    type AuthorizationDecision,
    CardsApi,
    CardStatus,
    Configuration,
    DeclineReason,
    EntryType,
    EventsApi,
    EventType,
    type Problem,
    ProblemCode,
    ProblemFromJSON,
    ResponseError,
    TransactionKind,
} from './aval_client/index.ts';

const funded = 10_000;
const spent = 2_500;
const tooMuch = 20_000;

const [url, key] = process.argv.slice(2);
const configuration = new Configuration({ basePath: url, accessToken: key });
const accounts = new AccountsApi(configuration);
const cards = new CardsApi(configuration);
const authorizations = new AuthorizationsApi(configuration);
const events = new EventsApi(configuration);

async function openFundedAccount(): Promise<string> {
    const [program] = (await accounts.listPrograms()).items;
    const account = await accounts.openAccount({
        idempotencyKey: randomUUID(),
        accountOpening: { programId: program.id, balances: [{ currency: 'EUR' }] },
    });
    const funding = await accounts.fundAccount({
        id: account.id,
        idempotencyKey: randomUUID(),
        fundingRequest: { amount: { amount: funded, currency: 'EUR' }, reference: 'first day' },
    });
    assert.equal(funding.balanceAfter.posted, funded);
    return account.id;
}

async function pay(cardId: string, amount: number): Promise<AuthorizationDecision> {
    return authorizations.authorize({
        idempotencyKey: randomUUID(),
        authorizationRequest: {
            cardId,
            kind: TransactionKind.Purchase,
            transactionAmount: { amount, currency: 'EUR' },
            merchant: { name: 'Corner Bakery', id: 'BAKERY0001', mcc: '5462', country: 'DE', city: 'Berlin' },
        },
    });
}

async function available(id: string): Promise<number> {
    return (await accounts.getAccount({ id })).balances[0].available;
}

async function payAndReverse(account: string): Promise<[string, string]> {
    const card = await cards.issueCard({ id: account, idempotencyKey: randomUUID(), cardIssue: {} });
    assert.equal(card.status, CardStatus.Active);
    const approved = await pay(card.id, spent);
    assert.equal(approved.status, AuthorizationDecisionStatusEnum.Approved);
    assert.equal(approved.hold?.amount, spent);
    assert.match(approved.approvalCode ?? '', /^[0-9]{6}$/);
    const declined = await pay(card.id, tooMuch);
    assert.equal(declined.status, AuthorizationDecisionStatusEnum.Declined);
    assert.equal(declined.declineReasons[0], DeclineReason.InsufficientFunds);
    assert.equal(await available(account), funded - spent);
    const id = approved.id ?? '';
    const reversal = await authorizations.reverseAuthorization({ id, idempotencyKey: randomUUID() });
    assert.equal(reversal.acknowledgement, AcknowledgementAcknowledgementEnum.Applied);
    assert.equal(await available(account), funded);
    return [id, declined.id ?? ''];
}

async function readBack(account: string, approved: string, declined: string): Promise<void> {
    const page = await authorizations.listAuthorizations({ accountId: account });
    const statuses = Object.fromEntries(page.items.map((item) => [item.id, item.status]));
    assert.deepEqual(statuses, {
        [approved]: AuthorizationStatus.Reversed,
        [declined]: AuthorizationStatus.Declined,
    });
    const { history } = await authorizations.getAuthorization({ id: approved });
    assert.deepEqual(history.map((entry) => entry.type), [EntryType.Authorization, EntryType.Reversal]);
    const items = await eventsUntil(account, EventType.AuthorizationReversed);
    assert.deepEqual(items.map((event) => event.accountSequence), items.map((_, index) => index + 1));
    const money = items.find((event) => event.type === 'account.funded');
    assert.ok(money?.type === 'account.funded' && money.data.balanceAfter.posted === funded);
    assert.ok(items.some((event) => event.type === 'authorization.approved'));
}

// The account's events from its opening on. They come a moment after the answers.
async function eventsUntil(accountId: string, last: EventType): Promise<AccountEvent[]> {
    const found: AccountEvent[] = [];
    let after: string | undefined;
    while (found.at(-1)?.type !== last) {
        const page = await events.listEvents({ accountId, after, wait: 10 });
        assert.ok(page.items.length > 0 || page.hasMore, `no event came after ${found.map((event) => event.type)}`);
        found.push(...page.items);
        after = page.nextCursor;
    }
    return found;
}

async function refusal(request: Promise<unknown>): Promise<Problem> {
    const error = await request.then(() => undefined, (reason: unknown) => reason);
    assert.ok(error instanceof ResponseError, String(error));
    return ProblemFromJSON(await error.response.json());
}

async function beRefused(account: string): Promise<void> {
    const unknown = await refusal(accounts.getAccount({ id: 'acc_' + '0'.repeat(32) }));
    assert.deepEqual([unknown.code, unknown.status], [ProblemCode.AccountNotFound, 404]);
    const fundingRequest = { amount: { amount: 1, currency: 'JPY' } };
    const notHeld = await refusal(accounts.fundAccount({ id: account, idempotencyKey: randomUUID(), fundingRequest }));
    assert.deepEqual([notHeld.code, notHeld.status], [ProblemCode.CurrencyNotHeld, 422]);
    assert.equal(notHeld.errors[0].pointer, '/amount/currency');
    const stranger = new AccountsApi(new Configuration({ basePath: url, accessToken: 'aval_sk_unknown' }));
    const unauthenticated = await refusal(stranger.listPrograms());
    assert.deepEqual([unauthenticated.code, unauthenticated.status], [ProblemCode.Unauthenticated, 401]);
}

const account = await openFundedAccount();
const [approved, declined] = await payAndReverse(account);
await readBack(account, approved, declined);
await beRefused(account);
console.log('the client for TypeScript: a first day from the account to its events, and three refusals');
