"""A small OpenID Connect provider that keeps to the standard: discovery, code flow with PKCE, JWKS, userinfo.

It refuses what a real one refuses: another redirect address, a code used twice or by another client, a verifier that
does not fit, a wrong secret, a token it did not give. Its people agree to everything at once.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_ID = "first"
CODE_SECONDS = 60


class Refused(Exception):
    """An OAuth error: its code, and the HTTP status that goes with it."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.status = error, status


class OpenIdProvider:
    """One running provider. person: the claims of who is signed in there; refusals: what it refused, for tests."""

    def __init__(self, *, client_id: str, secret: str, redirect_to: set[str]) -> None:
        self.client_id, self.secret, self.redirect_to = client_id, secret, redirect_to
        self.person: dict[str, Any] = {}
        self.refusals: list[str] = []
        self.authorizations: list[dict[str, str]] = []
        self._key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        self._codes: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, dict[str, Any]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes next: back to the client, with a code. Raises Refused."""
        self.authorizations.append(asked)
        if asked.get("client_id") != self.client_id:
            raise Refused("unauthorized_client")
        if asked.get("redirect_uri") not in self.redirect_to:
            raise Refused("invalid_redirect_uri")
        if asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
            raise Refused("invalid_request")
        if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) < 43:
            raise Refused("pkce_required")
        if not asked.get("state"):
            raise Refused("state_required")
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**asked, "person": dict(self.person), "until": time.time() + CODE_SECONDS}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any]:
        """The tokens for a code. Raises Refused."""
        client_id, secret = form.get("client_id"), form.get("client_secret")
        if authorization.startswith("Basic "):
            client_id, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
        if client_id != self.client_id or not secrets.compare_digest(secret or "", self.secret):
            raise Refused("invalid_client", 401)
        if form.get("grant_type") != "authorization_code":
            raise Refused("unsupported_grant_type")
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or asked["until"] < time.time() or asked["redirect_uri"] != form.get("redirect_uri"):
            raise Refused("invalid_grant")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            raise Refused("invalid_grant")
        access = secrets.token_urlsafe(24)
        self._tokens[access] = asked["person"]
        now = int(time.time())
        claims = {**asked["person"], "iss": self.url, "aud": self.client_id, "iat": now, "exp": now + 300}
        if "nonce" in asked:
            claims["nonce"] = asked["nonce"]
        signed = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": KEY_ID})
        return {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    def userinfo(self, authorization: str) -> dict[str, Any]:
        person = self._tokens.get(authorization.removeprefix("Bearer "))
        if person is None:
            raise Refused("invalid_token", 401)
        return person

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path == "/.well-known/openid-configuration":
                    self._answer(lambda: provider.configuration())
                elif parts.path == "/keys":
                    self._answer(lambda: provider.keys())
                elif parts.path == "/userinfo":
                    self._answer(lambda: provider.userinfo(self.headers.get("Authorization", "")))
                elif parts.path == "/authorize":
                    self._answer(lambda: provider.authorize(dict(parse_qsl(parts.query))))
                else:
                    self.send_error(404)

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
                flat = {name: values[0] for name, values in form.items()}
                if urlsplit(self.path).path != "/token":
                    self.send_error(404)
                    return
                self._answer(lambda: provider.token(flat, self.headers.get("Authorization", "")))

            def _answer(self, work: Any) -> None:
                status, answer = 200, None
                try:
                    answer = work()
                except Refused as refused:
                    provider.refusals.append(refused.error)
                    status, answer = refused.status, {"error": refused.error}
                if isinstance(answer, str):
                    self.send_response(302)
                    self.send_header("Location", answer)
                    self.end_headers()
                    return
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler
