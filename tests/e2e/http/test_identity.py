"""Signing in by a real OpenID Connect provider: discovery, its tokens, other keys, and what it issues to others.

Only where TEST_IDENTITY_PROVIDER is set, for the provider is fetched from the network: `npm ci` in a temporary
folder, pinned by provider/package-lock.json.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey, Key, RSAKey

from api.http import tokens
from ledger.settings import Settings
from tests.filled import Filled
from tests.issuer import AUDIENCE
from tests.served import Served, environment_of, served

HERE = Path(__file__).parent / "provider"
SWITCH = "TEST_IDENTITY_PROVIDER"
PEOPLE = {
    "eva": {"preferred_username": "eva", "roles": ["auditor"]},
    "bo": {"preferred_username": "bo", "roles": "advisor"},
    "ingen": {"preferred_username": "ingen"},
    "800101-2391": {"roles": ["auditor"]},
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The provider, installed in a folder of its own."""
    if not os.environ.get(SWITCH):
        pytest.skip(f"{SWITCH} is not set: the provider would be fetched from the network")
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no node or no npm on this machine")
    folder = tmp_path_factory.mktemp("provider")
    for name in ("package.json", "package-lock.json", "server.mjs"):
        shutil.copy(HERE / name, folder)
    fetched = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        capture_output=True,
        timeout=120,
        check=False,
    )
    if fetched.returncode:
        pytest.skip("npm can't fetch the provider: is there a network?")
    return folder


class RealProvider:
    """A provider that runs on this machine; its keys may be others each time it is started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[str] | None = None

    def start(self, key: Key, alg: str) -> None:
        told = {
            "port": self.port,
            "keys": [key.as_dict(private=True) | {"alg": alg, "use": "sig"}],
            "audience": AUDIENCE,
            "claims": PEOPLE,
            "seconds": 300,
        }
        environment = os.environ | {"LIGGARE_TEST_PROVIDER": json.dumps(told)}
        self._process = subprocess.Popen(
            ["node", "server.mjs"],
            cwd=self._folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        assert "listening" in iter(self._process.stdout.readline, "").__next__()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def token(self, name: str, resource: str = "urn:liggare") -> str:
        asked = httpx2.post(
            f"{self.url}/token",
            auth=(name, "fictional"),
            data={"grant_type": "client_credentials", "resource": resource},
        )
        return str(asked.raise_for_status().json()["access_token"])


@pytest.fixture
def real(installed: Path) -> Iterator[RealProvider]:
    provider = RealProvider(installed)
    yield provider
    provider.stop()


@pytest.fixture
def signing_in(settings: Settings, filled: Filled, real: RealProvider, tmp_path: Path) -> Iterator[Served]:
    """A server that takes the real provider's tokens; the provider is not up yet."""
    environment = environment_of(settings, real)
    with served(environment, tmp_path / "log") as server:
        yield server


def asked(server: Served, token: str) -> tuple[int, Any]:
    answer = server.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json()


def test_a_real_providers_people_sign_in_and_its_keys_are_rotated(
    signing_in: Served, real: RealProvider
) -> None:
    first, second = (
        RSAKey.generate_key(2048, {"kid": "first"}),
        ECKey.generate_key("P-256", {"kid": "second"}),
    )
    assert asked(signing_in, "a.b.c")[0] == 503  # no provider yet
    time.sleep(tokens.LEAST_PAUSE_SECONDS + 0.5)

    real.start(first, "RS256")
    eva = real.token("eva")
    status, told = asked(signing_in, eva)
    assert (status, told["name"], told["roles"]) == (200, "eva", ["auditor"])
    assert asked(signing_in, real.token("bo"))[1]["roles"] == ["advisor"]
    assert asked(signing_in, real.token("ingen"))[1]["roles"] == []
    assert asked(signing_in, real.token("eva", "urn:another"))[0] == 401
    assert asked(signing_in, real.token("800101-2391"))[0] == 401
    assert asked(signing_in, eva[:-4] + "AAAA")[0] == 401

    real.stop()
    assert asked(signing_in, eva)[0] == 200  # by the keys at hand
    time.sleep(tokens.LEAST_PAUSE_SECONDS + 0.5)
    real.start(second, "ES256")
    assert asked(signing_in, real.token("eva"))[0] == 200
    assert asked(signing_in, eva)[0] == 401  # its key is no longer the provider's
