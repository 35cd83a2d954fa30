"""Who asks: bearer tokens of an OpenID Connect provider, found by its discovery document.

The provider's keys are kept for a while, and fetched anew when a token names one that is not known: keys are
rotated without anybody telling us. They are fetched beside the requests: one whose key is known waits for no
provider, and of the others a few at most. Only signatures with a public key are taken, so that nobody can sign with
what is public.
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any, Literal, NamedTuple, get_args

import httpx2
import structlog
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, import_key
from joserfc.jws import JWSRegistry
from pydantic import TypeAdapter, ValidationError

from api.http.problems import Problem
from api.http.settings import ISSUER, ProviderSettings
from domain.event import StaffName
from ledger.faults import LedgerFault

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
LEAST_RSA_BITS = 2048
TYPES = ("jwt", "at+jwt", "application/at+jwt")
"""What a token's header may call it (RFC 9068); a logout token, for one, is signed by the same keys."""
OTHERS = ("nonce", "at_hash", "c_hash", "cnf")
"""Claims of an ID token, which lets nobody in, and of a token that is bound to a key which we don't ask for."""

FRESH_SECONDS = 300.0
"""So long the keys are used as they are; then they are fetched anew, while requests go on with the old ones."""
LONGEST_SECONDS = 3600.0
"""So long old keys are used where the provider does not answer: a withdrawn one no longer than that."""
FETCH_SECONDS = 5.0
LOST_SECONDS = 60.0
"""After that another fetch is begun, whatever became of one that never ended."""
LEAST_PAUSE_SECONDS = 10.0
"""Between two looks for a key that is not known: nobody makes us ask the provider all the time."""
MOST_WAITING = 4
"""So many requests wait for keys at a time; others are told to come again, so that threads are left."""
LEEWAY_SECONDS = 30
REMEMBERED = 2_000
LONGEST_TOKEN = 8_000

Role = Literal[
    "advisor", "team_lead", "decision_maker", "auditor", "statistician", "employer_contact", "administrator"
]
ROLES: tuple[Role, ...] = get_args(Role)

_NAME: TypeAdapter[str] = TypeAdapter(StaffName)
_MALFORMED = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)
"""What comes of a token or a document that is none."""

log = structlog.get_logger("liggare.tokens")


class Caller(NamedTuple):
    """Who asks: the name that the register has too, the roles, and for an employer's contact which employer's."""

    name: str
    roles: tuple[Role, ...]
    organisation_number: str | None = None


class Held(NamedTuple):
    """A provider's keys, and when they were fetched."""

    keys: KeySet
    at: float


class _Signatures(JWSRegistry):
    """The signatures that are taken."""

    def get_alg(self, name: str) -> Any:
        """Return an algorithm; EdDSA, which RFC 9864 calls Ed25519, without the library's warning each time."""
        return self.algorithms[name] if name == "EdDSA" else super().get_alg(name)


_SIGNATURES = _Signatures(algorithms=ALGORITHMS, strict_check_header=False)


class Provider:
    """An identity provider: verifies its tokens, by keys that are fetched from it."""

    def __init__(
        self, settings: ProviderSettings, fetch: Callable[[str], Any], now: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._fetch = fetch
        self._now = now
        self._guard = threading.Lock()
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)
        self._fetching: threading.Thread | None = None
        self._held: Held | None = None
        self._tried_at = float("-inf")
        self._known: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    @property
    def issuer(self) -> str:
        """Whose tokens these are."""
        return self._settings.issuer

    def prepare(self) -> None:
        """Fetch the keys before anybody asks, so that the first ones need not wait; if that fails, it is told."""
        self._wait_for(self._fetched_anew(self._now()))

    def caller(self, authorization: str | None) -> Caller:
        """Return who an `Authorization` header stands for; raise the problem of one that does not hold."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > LONGEST_TOKEN:
            raise not_signed_in(None)
        mark = sha256(token.encode()).digest()
        remembered = self._known.get(mark)
        if remembered is not None and self._now() < remembered[0]:
            return remembered[1]
        claims, held = self._verified(token)
        caller = self._caller(claims)
        with self._guard:
            if self._held is held:
                self._known[mark] = min(claims["exp"], held.at + FRESH_SECONDS), caller
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return caller

    def _verified(self, token: str) -> tuple[Mapping[str, Any], Held]:
        """Return the claims of a token that holds, and by which keys it does."""
        held = self._keys()
        try:
            try:
                return self._claims(token, held), held
            except (InvalidKeyIdError, BadSignatureError):
                held = self._keys(anew=True)
                return self._claims(token, held), held
        except _MALFORMED:
            raise not_signed_in("invalid_token") from None

    def _claims(self, token: str, held: Held) -> Mapping[str, Any]:
        """Return the claims of a token that is meant for us now."""
        read = jwt.decode(token, held.keys, registry=_SIGNATURES)
        jwt.JWTClaimsRegistry(
            now=int(self._now()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.audience},
            exp={"essential": True},
        ).validate(read.claims)
        if read.header.get("typ", "JWT").lower() not in TYPES or any(name in read.claims for name in OTHERS):
            raise ValueError("a token of another kind")
        return read.claims

    def _keys(self, *, anew: bool = False) -> Held:
        """Return the provider's keys: those at hand, unless they are too old, or just were not enough."""
        now, held = self._now(), self._held
        if held is None or anew or not 0 <= now - held.at <= LONGEST_SECONDS:
            self._wait_for(self._fetched_anew(now))
            held = self._held
        elif now - held.at > FRESH_SECONDS:
            self._fetched_anew(now)
        if held is None or not 0 <= now - held.at <= LONGEST_SECONDS:
            raise _unavailable(LEAST_PAUSE_SECONDS)
        return held

    def _fetched_anew(self, now: float) -> threading.Thread | None:
        """Return what fetches the keys: what does so already, or a new thread; None where that was just done."""
        with self._guard:
            age = now - self._tried_at
            if self._fetching and self._fetching.is_alive() and 0 <= age <= LOST_SECONDS:
                return self._fetching
            if 0 <= age <= LEAST_PAUSE_SECONDS:
                return None
            self._tried_at = now
            self._fetching = threading.Thread(target=self._fetch_keys, args=(now,), daemon=True)
            self._fetching.start()
            return self._fetching

    def _wait_for(self, fetching: threading.Thread | None) -> None:
        if fetching is None:
            return
        if not self._waiting.acquire(blocking=False):
            raise _unavailable(1)
        try:
            fetching.join(FETCH_SECONDS)
        finally:
            self._waiting.release()

    def _fetch_keys(self, now: float) -> None:
        """Fetch the keys; what was remembered by the old ones is forgotten."""
        try:
            keys = self._fetched()
        except (httpx2.HTTPError, *_MALFORMED) as error:
            log.warning("no keys from the identity provider", error=type(error).__name__)
            return
        with self._guard:
            self._held = Held(keys, now)
            self._known.clear()

    def _fetched(self) -> KeySet:
        issuer = self._settings.issuer
        document = self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if document["issuer"] != issuer:
            raise ValueError("the discovery document is another issuer's")
        place = document["jwks_uri"]
        if not re.fullmatch(ISSUER, place) or place.partition(":")[0] != issuer.partition(":")[0]:
            raise ValueError("the keys lie in a place that is not safe")
        return _key_set(self._fetch(place)["keys"])

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        name = claims.get(self._settings.name_claim) or claims.get("sub")
        told = claims.get(self._settings.roles_claim)
        words = told.split() if isinstance(told, str) else told if isinstance(told, list) else []
        number = claims.get(self._settings.organisation_claim)
        try:
            return Caller(
                _NAME.validate_python(name, strict=True),
                tuple(role for role in ROLES if role in words),
                number if isinstance(number, str) else None,
            )
        except ValidationError:
            raise not_signed_in("invalid_token") from None


def _key_set(told: list[dict[str, Any]]) -> KeySet:
    """Return the keys that verify signatures; one that can't be read, or is too weak, is left out."""
    keys = []
    for one in told:
        with suppress(*_MALFORMED):
            weak = one["kty"] == "RSA" and len(one["n"]) * 6 < LEAST_RSA_BITS
            if one["kty"] in ("RSA", "EC", "OKP") and one.get("use", "sig") == "sig" and not weak:
                keys.append(import_key(one))
    if not keys:
        raise ValueError("no key to verify by")
    return KeySet(keys)


def not_signed_in(error: str | None) -> Problem:
    """Return the problem of a request without a token that holds, with the challenge of RFC 6750."""
    challenge = 'Bearer realm="liggare"' + (f', error="{error}"' if error else "")
    return Problem("NOT_SIGNED_IN", headers={"WWW-Authenticate": challenge})


def _unavailable(seconds: float) -> Problem:
    return Problem(
        "UNAVAILABLE",
        sv="Inloggningstjänsten svarar inte just nu.",
        en="The identity provider does not answer now.",
        headers={"Retry-After": str(int(seconds))},
    )


def provider_of(settings: ProviderSettings) -> Provider:
    """Return the provider of the settings; raise `LedgerFault` where they name none."""
    if not settings.issuer or not settings.audience:
        raise LedgerFault(
            "no identity provider: set LIGGARE_OIDC_ISSUER and LIGGARE_OIDC_AUDIENCE, or try `liggare serve --demo`"
        )
    client = httpx2.Client(timeout=FETCH_SECONDS, follow_redirects=False)

    def fetch(url: str) -> Any:
        return client.get(url).raise_for_status().json()

    return Provider(settings, fetch)
