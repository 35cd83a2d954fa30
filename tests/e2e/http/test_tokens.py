"""Which bearer tokens are taken, by a provider whose documents and clock are the test's."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from starlette.testclient import TestClient

from api.http import tokens
from api.http.problems import Problem
from api.http.settings import ProviderSettings, settings_of_environment
from api.http.tokens import Caller, Provider, provider_of
from ledger.faults import LedgerFault
from tests.issuer import Issuer

ISSUER = "https://inloggning.example.se/realm"
AUDIENCE = "liggare"
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
OTHER = RSAKey.generate_key(2048, {"kid": "rsa"})
PUBLIC: dict[str, Any] = RSA.as_dict(private=False)
ALL = ("RS256", "RS384", "PS256", "ES256", "EdDSA", "Ed25519", "HS256", "none")


class World:
    """A provider's documents, what was fetched, and the time."""

    def __init__(self, *keys: Key) -> None:
        self.now = 1_800_000_000.0
        self.keys: list[Any] = [key.as_dict(private=False) for key in keys or (RSA, EC, ED)]
        self.discovery: dict[str, Any] = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
        self.asked: list[str] = []
        self.down = False
        self.slow = threading.Event()
        self.slow.set()
        settings = ProviderSettings(issuer=ISSUER, audience=AUDIENCE)
        self.provider = Provider(settings, self.fetch, lambda: self.now)

    def fetch(self, url: str) -> Any:
        self.asked.append(url)
        self.slow.wait(20)
        if self.down:
            raise ValueError("down")
        return self.discovery if url.endswith("/.well-known/openid-configuration") else {"keys": self.keys}

    @property
    def fetches(self) -> int:
        return sum(url.endswith("/keys") for url in self.asked)

    def token(self, key: Key = RSA, alg: str = "RS256", header: Any = (), **claims: Any) -> str:
        told = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "eva",
            "roles": ["advisor"],
            "iat": int(self.now),
            "exp": int(self.now) + 300,
        } | claims
        content = json.dumps({name: value for name, value in told.items() if value is not None})
        shown = {"alg": alg, "kid": key.kid, "typ": "JWT"} | dict(header)
        registry = jws.JWSRegistry(algorithms=ALL, strict_check_header=False)
        return jws.serialize_compact(shown, content, key, registry=registry)

    def caller(self, token: str | None = None, **claims: Any) -> Caller:
        return self.provider.caller(f"Bearer {token or self.token(**claims)}")

    def refused(self, token: str | None = None, **claims: Any) -> Problem:
        with pytest.raises(Problem) as refusal:
            self.caller(token, **claims)
        return refusal.value


@pytest.fixture
def world() -> World:
    return World()


def test_a_token_says_who_asks_and_in_which_roles(world: World) -> None:
    assert world.caller() == Caller("eva", ("advisor",))
    assert world.caller(preferred_username="bo", roles="auditor  team_lead") == Caller(
        "bo", ("team_lead", "auditor")
    )
    assert world.caller(organisation_number="559999-9017").organisation_number == "559999-9017"
    assert world.caller(organisation_number=5599999017).organisation_number is None


@pytest.mark.parametrize("roles", [None, [], "", "root superuser", {"auditor": True}, 7, [["auditor"]]])
def test_who_has_none_of_our_roles_is_signed_in_and_may_nothing(world: World, roles: Any) -> None:
    assert world.caller(roles=roles) == Caller("eva", ())


@pytest.mark.parametrize(
    ("key", "alg"),
    [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256"), (ED, "Ed25519"), (ED, "EdDSA")],
)
def test_signatures_with_a_public_key_are_taken(world: World, key: Key, alg: str) -> None:
    if alg == "EdDSA":  # whose older name is written with a warning, and read without one
        with pytest.warns(UserWarning, match="RFC 9864"):
            token = world.token(key, alg)
    else:
        token = world.token(key, alg)
    assert world.caller(token).name == "eva"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1_799_999_969},
        {"exp": 1_799_999_970},
        {"exp": None},
        {"exp": "1900000000"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": -1},
        {"exp": []},
        {"nbf": 1_800_000_031},
        {"nbf": "soon"},
        {"iat": 1_800_000_031},
        {"iss": "https://other.example.se"},
        {"iss": f"{ISSUER}/"},
        {"iss": [ISSUER]},
        {"iss": None},
        {"aud": "other"},
        {"aud": ["other", "another"]},
        {"aud": []},
        {"aud": ""},
        {"aud": None},
        {"aud": {"liggare": 1}},
        {"aud": "liggare other"},
        {"sub": None},
        {"sub": 7},
        {"sub": ["eva"]},
        {"sub": "19900101"},
        {"preferred_username": "eva-199001019802"},
        {"preferred_username": "e\nva"},
        {"preferred_username": ["eva"]},
        {"preferred_username": "Eva Andersson"},
        {"nonce": "n"},
        {"at_hash": "h"},
        {"c_hash": "h"},
        {"cnf": {"jkt": "thumbprint"}},
    ],
)
def test_claims_that_do_not_hold_are_refused(world: World, claims: dict[str, Any]) -> None:
    problem = world.refused(**claims)
    assert (problem.code, problem.status) == ("NOT_SIGNED_IN", 401)
    assert problem.headers == {"WWW-Authenticate": 'Bearer realm="liggare", error="invalid_token"'}


def test_the_clock_may_be_off_by_half_a_minute_and_an_audience_may_be_one_of_several(world: World) -> None:
    assert world.caller(exp=1_799_999_971, aud=["other", AUDIENCE]).name == "eva"
    assert world.caller(nbf=1_800_000_030, iat=1_800_000_030).name == "eva"


@pytest.mark.parametrize("exp", [10**30, 10**400, 1e300])
def test_a_token_for_ever_is_verified_as_often_as_any(world: World, exp: float) -> None:
    token = world.token(exp=exp)
    assert world.caller(token).name == "eva"
    world.keys = [OTHER.as_dict(private=False)]
    world.now += tokens.FRESH_SECONDS + 1
    world.caller(token)  # by the old keys, while the new ones are fetched
    fetched(world, 2)
    assert world.refused(token).code == "NOT_SIGNED_IN"


def _unsigned(header: Any, claims: str) -> str:
    parts = (json.dumps(header) if not isinstance(header, str) else header, claims, "")
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "None", "kid": "rsa"},
        {"alg": "HS256", "kid": "rsa"},
        {"alg": ["RS256"], "kid": "rsa"},
        {"alg": "RS256", "kid": ["rsa"]},
        {"alg": "RS256", "kid": "rsa", "crit": ["exp"]},
        {},
        '"alg"',
        '["alg"]',
        "[" * 380,
        "\x00",
    ],
)
def test_a_token_without_a_signature_is_refused(world: World, header: Any) -> None:
    claims = json.dumps({"iss": ISSUER, "aud": AUDIENCE, "sub": "eva", "exp": 1_900_000_000})
    assert world.refused(_unsigned(header, claims)).status == 401


@pytest.mark.parametrize(
    "token",
    ["a", "a.b", "a.b.c", "a.b.c.d.e", "....", "å.ä.ö", "x" * (tokens.LONGEST_TOKEN + 1), "a b"],
)
def test_what_is_no_token_is_refused(world: World, token: str) -> None:
    assert world.refused(token).status == 401


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic ZXZhOmV2YQ==", "bearer"])
def test_without_a_token_nobody_is_signed_in(world: World, header: str | None) -> None:
    with pytest.raises(Problem) as refusal:
        world.provider.caller(header)
    assert refusal.value.headers == {"WWW-Authenticate": 'Bearer realm="liggare"'}


def test_nobody_signs_with_what_is_public(world: World) -> None:
    for text in (RSA.as_pem(private=False), json.dumps(PUBLIC).encode(), PUBLIC["n"].encode()):
        claims = json.dumps({"iss": ISSUER, "aud": AUDIENCE, "sub": "eva", "exp": 1_900_000_000})
        head = _unsigned({"alg": "HS256", "kid": "rsa"}, claims).rpartition(".")[0]
        import hmac

        mark = base64.urlsafe_b64encode(hmac.digest(text, head.encode(), "sha256")).rstrip(b"=").decode()
        assert world.refused(f"{head}.{mark}").status == 401


def test_the_sender_does_not_choose_the_key_or_the_algorithm(world: World) -> None:
    own = OTHER.as_dict(private=False)
    assert world.refused(world.token(OTHER, header={"jwk": own})).status == 401
    assert world.refused(world.token(OTHER, header={"jku": "https://evil.example/keys"})).status == 401
    assert world.refused(world.token(RSA, "RS384")).status == 401
    assert world.refused(world.token(EC, "ES256", header={"kid": "rsa"})).status == 401


@pytest.mark.parametrize(
    ("typ", "taken"),
    [
        ("JWT", True),
        ("at+jwt", True),
        ("application/at+JWT", True),
        ("logout+jwt", False),
        ("dpop+jwt", False),
    ],
)
def test_a_token_is_of_the_kind_that_lets_in(world: World, typ: str, taken: bool) -> None:
    token = world.token(header={"typ": typ})
    if taken:
        assert world.caller(token).name == "eva"
    else:
        assert world.refused(token).status == 401


def test_a_weak_or_unreadable_key_is_left_out_and_the_others_hold() -> None:
    with pytest.warns(UserWarning, match="2048"):
        weak = RSAKey.generate_key(1024, {"kid": "weak"})
    world = World(RSA)
    told = weak.as_dict(private=False)
    symmetric = OctKey.generate_key(256, {"kid": "symmetric"})
    wrong = {"kty": "EC", "crv": "P-999", "x": "x", "y": "y", "kid": "wrong"}
    encrypting = ECKey.generate_key("P-256", {"kid": "enc", "use": "enc"})
    world.keys = [told, {"kid": "nothing"}, symmetric.as_dict(), wrong, encrypting.as_dict(private=False)]
    world.keys.append({**encrypting.as_dict(private=False), "use": "enc"})
    world.keys.append(PUBLIC)
    assert world.caller().name == "eva"
    assert world.refused(world.token(weak)).status == 401
    assert world.refused(world.token(symmetric, "HS256")).status == 401


def fetched(world: World, times: int) -> None:
    """Wait until what is fetched beside the requests is there."""
    deadline = time.monotonic() + 5
    while world.fetches < times or (
        world.provider._fetching is not None and world.provider._fetching.is_alive()
    ):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_an_unknown_key_is_looked_for_once_and_not_again_for_ten_seconds(world: World) -> None:
    world.caller()
    assert world.fetches == 1
    world.now += tokens.LEAST_PAUSE_SECONDS + 1
    stranger = RSAKey.generate_key(2048, {"kid": "stranger"})
    for _ in range(5):
        assert world.refused(world.token(stranger)).status == 401
    assert world.fetches == 2
    world.now += tokens.LEAST_PAUSE_SECONDS + 1
    assert world.refused(world.token(stranger)).status == 401
    assert world.fetches == 3


def test_a_rotated_key_is_found_and_what_the_old_one_signed_is_over(world: World) -> None:
    old, new = world.token(), RSAKey.generate_key(2048, {"kid": "new"})
    world.caller(old)
    world.keys = [new.as_dict(private=False)]
    world.now += tokens.LEAST_PAUSE_SECONDS + 1
    assert world.caller(old).name == "eva"  # nobody told us
    assert world.caller(world.token(new)).name == "eva"
    assert world.refused(old).status == 401


def test_a_remembered_token_ends_with_its_time(world: World) -> None:
    token = world.token(exp=int(world.now) + 60)
    world.caller(token)
    world.now += 59
    assert world.caller(token).name == "eva"
    world.now += 31
    assert world.refused(token).status == 401


def test_what_is_remembered_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", 3)
    for name in ("a", "b", "c", "d", "e"):
        world.caller(sub=name)
    assert [caller.name for _, caller in world.provider._known.values()] == ["c", "d", "e"]


def test_a_refused_token_is_not_remembered(world: World) -> None:
    for number in range(5):
        world.refused(exp=number)
    assert not world.provider._known


def test_a_provider_that_is_down_at_the_start_is_waited_for_and_asked_again(world: World) -> None:
    world.down = True
    problem = world.refused()
    assert (problem.code, problem.status, problem.headers) == ("UNAVAILABLE", 503, {"Retry-After": "10"})
    assert "Inloggningstjänsten" in problem.sv
    asked = len(world.asked)
    assert world.refused().status == 503
    assert len(world.asked) == asked  # not by each request
    world.down = False
    world.now += tokens.LEAST_PAUSE_SECONDS + 1
    assert world.caller().name == "eva"


def test_keys_of_a_provider_that_went_away_are_used_for_an_hour_and_no_longer(world: World) -> None:
    world.caller()
    world.down = True
    world.now += tokens.FRESH_SECONDS + 1
    assert world.caller().name == "eva"
    world.now += tokens.LONGEST_SECONDS - tokens.FRESH_SECONDS - 2
    assert world.caller().name == "eva"
    world.now += 2
    assert world.refused().status == 503
    world.down = False
    world.now += tokens.LEAST_PAUSE_SECONDS + 1
    assert world.caller().name == "eva"


def test_a_clock_that_is_put_back_stops_nothing(world: World) -> None:
    world.caller()
    world.now -= 7200
    assert world.caller().name == "eva"
    assert world.fetches == 2


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://other.example.se", "jwks_uri": f"{ISSUER}/keys"},
        {"issuer": f"{ISSUER}/", "jwks_uri": f"{ISSUER}/keys"},
        {"issuer": ISSUER, "jwks_uri": "http://inloggning.example.se/keys"},
        {"issuer": ISSUER, "jwks_uri": "http://127.0.0.1:1/keys"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/keys"},
        {"issuer": ISSUER, "jwks_uri": 7},
        {"issuer": ISSUER},
        [],
    ],
)
def test_a_discovery_document_that_leads_elsewhere_is_not_followed(world: World, discovery: Any) -> None:
    world.discovery = discovery
    assert world.refused().status == 503
    assert len(world.asked) == 1


@pytest.mark.parametrize("keys", [[], None, "keys", [7], [{"kty": "oct", "k": "AAAA", "kid": "rsa"}]])
def test_a_keys_document_without_keys_is_none(world: World, keys: Any) -> None:
    world.keys = keys
    assert world.refused().status == 503


def test_a_slow_provider_holds_nobody_up_whose_key_is_known(world: World) -> None:
    world.caller()
    world.slow.clear()
    world.now += tokens.FRESH_SECONDS + 1
    began = time.monotonic()
    for name in ("a", "b", "c"):
        assert world.caller(sub=name).name == name
    assert time.monotonic() - began < 1
    world.slow.set()
    fetched(world, 2)


def test_few_wait_for_an_unknown_key_and_the_others_are_told_to_come_again(world: World) -> None:
    world.caller()
    world.slow.clear()
    world.now += tokens.LEAST_PAUSE_SECONDS + 1
    stranger = RSAKey.generate_key(2048, {"kid": "stranger"})
    world.keys.append(stranger.as_dict(private=False))
    token = world.token(stranger)
    answers: list[str] = []

    def ask() -> None:
        try:
            answers.append(world.caller(token).name)
        except Problem as problem:
            answers.append(f"{problem.status} {problem.headers['Retry-After']}")

    threads = [threading.Thread(target=ask) for _ in range(tokens.MOST_WAITING + 3)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 5
    while len(answers) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    assert answers == ["503 1"] * 3
    assert world.caller(sub="c").name == "c"  # by the keys at hand
    world.slow.set()
    for thread in threads:
        thread.join()
    assert answers[3:] == ["eva"] * tokens.MOST_WAITING


def test_a_fetch_that_never_ends_is_not_waited_for_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "FETCH_SECONDS", 0.01)
    world.slow.clear()
    assert world.refused().status == 503
    world.now += tokens.LOST_SECONDS + 1
    assert world.refused().status == 503
    assert len(world.asked) == 2
    world.slow.set()


@pytest.mark.parametrize(
    ("issuer", "taken"),
    [
        ("https://inloggning.example.se/realm", True),
        ("http://127.0.0.1:8080/realm", True),
        ("http://localhost", True),
        ("http://[::1]:9", True),
        ("http://inloggning.example.se", False),
        ("http://127.0.0.1.example.se", False),
        ("http://localhost@example.se", False),
        ("https://eva:hemligt@example.se", False),
        ("https://example.se/?realm=1", False),
        ("ftp://example.se", False),
    ],
)
def test_an_issuer_is_reached_over_tls_or_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, issuer: str, taken: bool
) -> None:
    monkeypatch.setenv("LIGGARE_OIDC_ISSUER", issuer)
    if taken:
        assert settings_of_environment()[0].issuer == issuer
    else:
        with pytest.raises(LedgerFault, match=r"^LIGGARE_OIDC_ISSUER is malformed"):
            settings_of_environment()


def test_without_a_provider_there_is_no_server() -> None:
    with pytest.raises(LedgerFault, match="LIGGARE_OIDC_ISSUER"):
        provider_of(ProviderSettings(issuer="", audience=""))


@pytest.fixture
def refusing() -> Iterator[tuple[str, Callable[[], int]]]:
    """A provider on this machine that leads elsewhere, and how often that was asked."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    asked = 0

    class Leading(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            nonlocal asked
            asked += 1
            self.send_response(302)
            self.send_header("Location", f"/elsewhere{asked}")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Leading)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", lambda: asked
    server.shutdown()
    server.server_close()


def test_a_provider_is_not_followed_elsewhere(refusing: tuple[str, Callable[[], int]]) -> None:
    base, asked = refusing
    provider = provider_of(ProviderSettings(issuer=base, audience=AUDIENCE))
    with pytest.raises(Problem) as refusal:
        provider.caller("Bearer a.b.c")
    assert (refusal.value.status, asked()) == (503, 1)


def test_two_authorizations_are_none(app: Any, issuer: Issuer) -> None:
    one = f"Bearer {issuer.token('revisor', 'auditor')}"
    with TestClient(app) as client:
        for second in (one, "Basic ZXZhOmV2YQ=="):
            headers = [("authorization", one), ("authorization", second)]
            assert client.get("/v1/projections", headers=headers).status_code == 401
        assert client.get("/v1/projections", headers={"authorization": one}).status_code == 200
