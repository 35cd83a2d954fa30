"""An identity provider for tests: its tokens are signed and verified like any other's."""

import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from api.http.settings import ProviderSettings
from api.http.tokens import Provider

ISSUER = "https://inloggning.example.se"
AUDIENCE = "liggare"


class Issuer:
    """Issues tokens for whom it is told; `kid` names its key, as the provider's documents do."""

    def __init__(self, kid: str = "one") -> None:
        self.kid = kid
        self.key = OKPKey.generate_key("Ed25519", {"kid": kid, "use": "sig"})

    def provider(self) -> Provider:
        """What verifies its tokens."""
        return Provider(ProviderSettings(issuer=ISSUER, audience=AUDIENCE), self.document)

    def document(self, url: str) -> Any:
        """The document at an address of it."""
        if url == f"{ISSUER}/.well-known/openid-configuration":
            return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
        return {"keys": [self.key.as_dict(private=False)]}

    def token(self, name: str, *roles: str, **claims: Any) -> str:
        """A token of somebody in some roles; a claim that is None is left out."""
        now = int(time.time())
        told = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": name,
            "preferred_username": name,
            "roles": list(roles),
            "iat": now,
            "exp": now + 3600,
        } | claims
        content = {claim: value for claim, value in told.items() if value is not None}
        return jwt.encode({"alg": "Ed25519", "kid": self.kid}, content, self.key, algorithms=["Ed25519"])
