"""Makes a first payment by hand in Swagger UI, with a headless Chromium.

    browser.py URL API_KEY

CHROMIUM names the browser; Debian's is taken without it.
"""

import json
import os
import sys
import tempfile
import uuid

from playwright.sync_api import expect, sync_playwright

#: Milliseconds until something must be on the page.
PATIENCE = 30_000
#: As root there is no sandbox, and containers have little shared memory. Only the server under test is opened.
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
MERCHANT = {"name": "Corner Bakery", "id": "BAKERY0001", "mcc": "5462", "country": "DE", "city": "Berlin"}


class SwaggerUI:
    """The page as a person uses it: by what it shows."""

    def __init__(self, page, url):
        self.page = page
        self.faults = []
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(f"{url}/docs")

    def authorize(self, key):
        self.page.get_by_role("button", name="Authorize", exact=True).click()
        form = self.page.locator(".auth-container form").filter(has_text="apiKey").first
        form.get_by_label("auth-bearer-value").fill(key)
        form.get_by_role("button", name="Apply credentials").click()
        expect(form.get_by_role("button", name="Remove authorization")).to_be_visible()
        form.get_by_role("button", name="Close").click()

    def execute(self, tag, operation, parameters=None, body=None):
        """Tries an operation out, and returns the status and the body that the page shows."""
        block = self.page.locator(f"#operations-{tag}-{operation}")
        block.locator(".opblock-summary-control").click()
        block.get_by_role("button", name="Try it out").click()
        for name, value in (parameters or {}).items():
            block.locator(f'tr[data-param-name="{name}"] input').fill(value)
        if body is not None:
            block.locator("textarea.body-param__text").fill(json.dumps(body))
        block.get_by_role("button", name="Execute").click()
        answer = block.locator(".live-responses-table")
        status = answer.locator("tbody .response-col_status").first.inner_text().split()[0]
        text = answer.locator("tbody .highlight-code code").first.inner_text()
        return int(status), json.loads(text)


def make(ui, tag, operation, parameters, body):
    status, answer = ui.execute(tag, operation, parameters, body)
    assert status == 201, answer
    return answer


def read(page):
    """What comes before all operations: its headings and its tables are on the page, as such."""
    expect(page.get_by_role("heading", name="The first day")).to_be_visible()
    expect(page.locator(".info table").first).to_be_visible()


def pay(ui):
    """From the first program to an approval."""
    status, programs = ui.execute("Accounts", "list_programs")
    assert status == 200, programs
    opening = {"program_id": programs["items"][0]["id"], "balances": [{"currency": "EUR"}]}
    account = make(ui, "Accounts", "open_account", {}, opening)["id"]
    money = {"amount": {"amount": 10_000, "currency": "EUR"}}
    make(ui, "Accounts", "fund_account", {"id": account, "Idempotency-Key": str(uuid.uuid4())}, money)
    card = make(ui, "Cards", "issue_card", {"id": account}, {})["id"]
    payment = {"card_id": card, "kind": "purchase", "transaction_amount": {"amount": 2_500, "currency": "EUR"}}
    decision = make(ui, "Authorizations", "authorize", {}, {**payment, "merchant": MERCHANT})
    assert decision["status"] == "approved", decision
    assert decision["hold"] == {"amount": 2_500, "currency": "EUR"}, decision


def main():
    url, key = sys.argv[1:]
    browser_path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    # What a browser writes goes with its home.
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=ARGUMENTS, env={**os.environ, "HOME": home, "TMPDIR": home}
        )
        ui = SwaggerUI(browser.new_page(viewport={"width": 1400, "height": 1600}), url)
        read(ui.page)
        ui.authorize(key)
        pay(ui)
        browser.close()
    assert not ui.faults, ui.faults
    print("Swagger UI: a first payment by hand, from the key to its approval")


if __name__ == "__main__":
    main()
