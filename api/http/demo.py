"""Signing in to the demo: an identity provider of its own for a few fictional people, on this machine alone.

It issues real tokens, which are verified like any provider's; only who asks for one is not asked for a password.
"""

import time
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from joserfc import jwt
from joserfc.jwk import OKPKey
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.answers import HEADERS, Route, problem_answer
from api.http.problems import Problem
from api.http.settings import ProviderSettings
from api.http.tokens import Provider, Role
from domain.register import Register
from ledger.ledger import Ledger, today
from projections.dashboard import workload

AUDIENCE = "liggare-demo"
TOKEN_SECONDS = 8 * 3600
DOCUMENT = "/.well-known/openid-configuration"
HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""By which names this machine is asked. A page of elsewhere whose name was made to lead here is none of them."""
STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.1rem;margin:0 0 .25rem}ul{list-style:none;padding:0}"
    "li{border:1px solid #8888;border-radius:.5rem;padding:1rem;margin:1rem 0}p{margin:.25rem 0 .75rem}"
    "button{font:inherit;padding:.5rem 1rem;min-height:2.75rem;cursor:pointer}"
    "button:focus-visible,a:focus-visible,pre:focus-visible{outline:3px solid #06c;outline-offset:2px}"
    "pre{border:1px solid #8888;border-radius:.5rem;padding:1rem;white-space:pre-wrap;overflow-wrap:anywhere}"
)
POLICY = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
)


class Person(NamedTuple):
    """Somebody who may sign in to the demo."""

    name: str
    roles: tuple[Role, ...]
    sv: str
    en: str
    looks_at: str
    """What this one looks at first: the address of an overview."""


class DemoProvider:
    """The demo's identity provider: its key lives as long as the server."""

    def __init__(self, base: str, people: dict[str, Person]) -> None:
        self.issuer = f"{base}/demo"
        self.people = people
        self._key = OKPKey.generate_key("Ed25519", {"kid": "demo", "use": "sig"})

    def provider(self) -> Provider:
        """Return what verifies its tokens."""
        return Provider(ProviderSettings(issuer=self.issuer, audience=AUDIENCE), self.document)

    def document(self, url: str) -> Any:
        """Return the document at an address of the provider."""
        if url.endswith(DOCUMENT):
            return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        return {"keys": [self._key.as_dict(private=False)]}

    def token(self, role: str) -> str:
        """Return a token for the person of a role; raise the problem where there is none."""
        person = self.people.get(role)
        if person is None:
            raise Problem("NOT_FOUND")
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": person.name,
            "preferred_username": person.name,
            "roles": list(person.roles),
            "iat": now,
            "exp": now + TOKEN_SECONDS,
        }
        return jwt.encode({"alg": "Ed25519", "kid": "demo"}, claims, self._key, algorithms=["Ed25519"])


def demo_people(ledger: Ledger) -> dict[str, Person]:
    """Return who may sign in: the advisor with most open cases, one who decides, and one who looks at it all."""
    register, on = ledger.register(), today()
    loads = {row["advisor"]: row["cases"] for row in workload(ledger, on)}
    advisors = sorted(_staff(register, "advisor"), key=lambda name: (-loads.get(name, 0), name))
    deciders = sorted(_staff(register, "decision_maker"))
    assert advisors, f"nobody is an advisor on {on}"
    assert deciders, f"nobody decides on {on}"
    own = f"/v1/caseloads/advisors/{advisors[0]}?limit=3"
    return {
        "advisor": Person(advisors[0], ("advisor",), "Handläggare", "Advisor", own),
        "decision-maker": Person(
            deciders[0],
            ("decision_maker",),
            "Beslutsfattare",
            "Decision maker",
            "/v1/caseloads/waiting?limit=3",
        ),
        "auditor": Person("revisor.fiktiv", ("auditor",), "Revisor", "Auditor", "/v1/checkpoints?limit=1"),
    }


def _staff(register: Register, role: str) -> list[str]:
    on = today()
    return [name for kind, name in register.lines if kind == "staff" and register.has_role(name, role, on)]  # type: ignore[arg-type]


def demo_router(provider: DemoProvider) -> APIRouter:
    """Return the routes of the sign-in page."""
    router = APIRouter(route_class=Route, include_in_schema=False)

    @router.get("/")
    def go_on() -> Response:
        return RedirectResponse("/demo", 303)

    @router.get("/demo")
    def sign_in() -> Response:
        rows = "".join(
            f'<li><form method="post" action="/demo/{role}">'
            f'<h2>{escape(one.sv)} <span lang="en">({escape(one.en)})</span></h2><p>{escape(one.name)}</p>'
            f"<button>Logga in som {escape(one.sv.lower())}</button></form></li>"
            for role, one in provider.people.items()
        )
        return _page(
            "Logga in",
            "<p>Alla personer här är påhittade, och inget lösenord behövs. Välj vem du är.</p>"
            '<p lang="en">Everybody here is fictional, and no password is needed. Choose who you are.</p>'
            f"<ul>{rows}</ul>"
            '<p>Alla adresser står i <a href="/openapi.json">openapi.json</a>, och vad som kan gå fel i '
            '<a href="/docs/problems">listan över problem</a>.</p>',
        )

    @router.post("/demo/{role}")
    def signed_in(role: str, request: Request) -> Response:
        provider.token(role)  # there is somebody in it
        one = provider.people[role]
        base = str(request.base_url).rstrip("/")
        return _page(
            f"{one.sv}: {one.name}",
            "<p>Klistra in raderna i ett skal. Den första hämtar en inloggning som gäller i åtta timmar.</p>"
            '<p lang="en">Paste the lines into a shell. The first fetches a token that holds for eight hours.</p>'
            f'<pre tabindex="0" aria-label="Rader att klistra in">{escape(lines(base, role, one))}</pre>'
            '<p><a href="/demo">Välj någon annan</a> <span lang="en">(choose somebody else)</span></p>',
        )

    @router.post("/demo/{role}/token")
    def token(role: str) -> Response:
        return PlainTextResponse(provider.token(role))

    return router


def lines(base: str, role: str, one: Person) -> str:
    """Return what is typed into a shell, signed in as somebody."""
    asked = "\n".join(
        f"curl -s -H \"Authorization: Bearer $TOKEN\" '{base}{path}'" for path in ("/v1/me", one.looks_at)
    )
    return f"TOKEN=$(curl -s -X POST {base}/demo/{role}/token)\n{asked}"


def _page(title: str, content: str) -> Response:
    return HTMLResponse(
        '<!doctype html><html lang="sv"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Liggare</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{content}</main></body></html>",
        headers={"Content-Security-Policy": POLICY},
    )


class ThisMachine:
    """Answers nobody who asks for this machine by another name: the demo lets in whoever reaches it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, if it is for a name of this machine."""
        if scope["type"] == "http":
            told = Headers(scope=scope).getlist("host")
            name = told[0].removesuffix(f":{scope['server'][1]}") if len(told) == 1 else None
            if name not in HOSTS:
                problem = Problem("NOT_FOUND", status=421)
                response = problem_answer(Request(scope), problem)
                response.headers.update(HEADERS)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)
