"""What `make demo` shows when everything is ready."""

import sys
from datetime import date

from config.local.examples import curl_examples

ACCOUNTS = (
    ("guest@demo.example", "a guest"),
    ("frontdesk@demo.example", "front desk of one hotel"),
    ("admin@demo.example", "platform administrator"),
)
_PAGES = (
    ("Start page", "/"),
    ("API docs", "/api/docs/"),
    ("Browsable API", "/api/v1"),
    ("Staff admin", "/admin/"),
    ("Mailbox", "/mailbox/"),
)


def render(*, base_url: str, password: str, today: date) -> str:
    """Addresses, accounts and the first two requests."""
    bold, soft, plain = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if sys.stdout.isatty() else ("", "", "")
    lines = ["", f"{bold}Distributed Reservation Infrastructure is ready{plain}", ""]
    lines += [f"  {title:<14} {base_url}{path}" for title, path in _PAGES]
    lines += ["", f"{bold}Accounts{plain}, all with the password {bold}{password}{plain}"]
    lines += [f"  {email:<23} {soft}{what}{plain}" for email, what in ACCOUNTS]
    for example in curl_examples(base_url=base_url, email=ACCOUNTS[0][0], password=password, today=today):
        lines += ["", f"{bold}{example.title}{plain}", example.line]
    lines += ["", "Ctrl-C stops everything; the data stays.", ""]
    return "\n".join(lines)
