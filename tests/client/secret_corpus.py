"""Real-looking secrets, made anew from a seed: no text of this file, and none that it makes, opens anything.

Beginnings are put together from pieces, so that no file of the repository holds a whole token.
"""

import base64
import json
import random
import string
import uuid
from collections.abc import Callable
from typing import NamedTuple

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
Make = Callable[[random.Random], str]


class Secret(NamedTuple):
    """kind: what it is. shape: its form alone gives it away. text: must not be stored. name: how people call it."""

    kind: str
    shape: bool
    text: str
    name: str


def _of(letters: str, length: int) -> Make:
    return lambda draw: "".join(draw.choice(letters) for _ in range(length))


def _after(beginning: str, letters: str, length: int) -> Make:
    return lambda draw: beginning + _of(letters, length)(draw)


def _base64(length: int) -> Make:
    return lambda draw: base64.b64encode(draw.randbytes(length)).decode()


def _jwt(draw: random.Random) -> str:
    parts = [json.dumps({"alg": "HS256"}), json.dumps({"sub": draw.randint(1, 10**9)})]
    encoded = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, _of(LETTERS + "-_", 43)(draw)])


def _pem(draw: random.Random) -> str:
    kind = draw.choice(["RSA ", "EC ", "OPENSSH ", ""])
    body = "\n".join(_of(LETTERS + "+/", 64)(draw) for _ in range(3))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"


def _azure_secret(draw: random.Random) -> str:
    return _of(LETTERS, 3)(draw) + "8Q" + "~" + _of(LETTERS + "_-", 34)(draw)


def _sendgrid(draw: random.Random) -> str:
    return "S" + "G." + _of(LETTERS, 22)(draw) + "." + _of(LETTERS + "_-", 43)(draw)


SHAPES: list[tuple[str, str, Make]] = [
    ("aws key id", "AWS_ACCESS_KEY_ID", _after("AK" + "IA", string.ascii_uppercase + "234567", 16)),
    ("github", "GITHUB_TOKEN", _after("gh" + "p_", LETTERS, 36)),
    ("github app", "GH_TOKEN", _after("gh" + "s_", LETTERS, 36)),
    ("github fine", "GH_PAT", _after("github" + "_pat_", LETTERS + "_", 82)),
    ("gitlab", "GITLAB_PAT", _after("glp" + "at-", LETTERS + "-_", 20)),
    ("slack", "SLACK_BOT", _after("xo" + "xb-", "0123456789-" + LETTERS, 50)),
    ("stripe", "STRIPE", _after("sk" + "_live_", LETTERS, 24)),
    ("openai", "OPENAI", _after("sk" + "-proj-", LETTERS + "-_", 60)),
    ("openai old", "OPENAI_OLD", _after("s" + "k-", LETTERS, 48)),
    ("anthropic", "ANTHROPIC", _after("sk" + "-ant-api03-", LETTERS + "-_", 90)),
    ("hugging face", "HF", _after("h" + "f_", string.ascii_letters, 34)),
    ("npm", "NPM", _after("np" + "m_", LETTERS, 36)),
    ("pypi", "PYPI", _after("pypi" + "-AgEIcHlwaS5vcmc", LETTERS + "-_", 100)),
    ("google", "MAPS", _after("AI" + "za", LETTERS + "-_", 35)),
    ("google oauth", "OAUTH", _after("GOC" + "SPX-", LETTERS, 28)),
    ("azure", "AZURE", _azure_secret),
    ("sendgrid", "SENDGRID", _sendgrid),
    ("twilio", "TWILIO", _after("S" + "K", HEX, 32)),
    ("jwt", "SESSION", _jwt),
    ("private key", "DEPLOY", _pem),
    ("our own", "PACELINE", _after("pl" + "k_", LETTERS + "-_", 43)),
    ("databricks", "DATABRICKS", _after("da" + "pi", HEX, 32)),
    ("vault", "VAULT", _after("hv" + "s.", LETTERS, 24)),
    ("docker", "DOCKER", _after("dckr" + "_pat_", LETTERS, 27)),
]
NAMED: list[tuple[str, str, Make]] = [
    ("wandb", "WANDB_API_KEY", _of(HEX, 40)),
    ("aws secret", "AWS_SECRET_ACCESS_KEY", _of(LETTERS + "+/", 40)),
    ("aws session", "AWS_SESSION_TOKEN", _base64(90)),
    ("password", "DB_PASSWORD", _of(LETTERS + "!$%*-_", 14)),
    ("pg password", "PGPASSWORD", _of(string.ascii_lowercase, 12)),
    ("django secret", "DJANGO_SECRET_KEY", _of(LETTERS + "!@$%^*-_", 50)),
    ("storage account", "AZURE_STORAGE_ACCOUNT_KEY", _base64(64)),
    ("any token", "MY_SERVICE_TOKEN", _of(HEX, 32)),
    ("api key", "VENDOR_API_KEY", _of(LETTERS, 24)),
    ("client secret", "OIDC_CLIENT_SECRET", _of(LETTERS, 32)),
    ("passphrase", "SSH_PASSPHRASE", _of(string.ascii_lowercase, 16)),
    ("comet", "COMET_API_KEY", _of(LETTERS, 25)),
    ("kaggle", "KAGGLE_KEY", _of(HEX, 32)),
    ("twilio auth", "TWILIO_AUTH_TOKEN", _of(HEX, 32)),
]


def secrets(count: int = 200, seed: int = 20) -> list[Secret]:
    """So many secrets, every kind among them."""
    draw = random.Random(seed)
    kinds = [(True, *one) for one in SHAPES] + [(False, *one) for one in NAMED]
    found = []
    for place in range(count):
        shape, kind, name, make = kinds[place % len(kinds)]
        found.append(Secret(kind, shape, make(draw), name))
    return found


def lines(secret: Secret) -> list[str]:
    """The ways in which people write a secret into code, settings, commands and logs."""
    text, name = secret.text, secret.name if not secret.shape else f"{secret.name}_TOKEN"
    low, quoted = name.lower(), json.dumps(secret.text)
    if "\n" in text:
        return [text, f"{name}={quoted}", f'"{low}": {quoted}', f"{low}: |\n{text}"]
    found = [
        f"{name}={text}",
        f"export {name}='{text}'",
        f"    {low}: {text}",
        f'  "{low}": {quoted},',
        f"    {low} = {quoted}  # mine",
        f'os.environ["{name}"] = {quoted}',
        f"client = Client({low}={quoted}, retries=3)",
        f"python train.py --{low.replace('_', '-')} {text} --lr 0.1",
        f"python train.py --{low.replace('_', '-')}={text}",
        f"-{low} = {quoted}",
        f"+{name}: {text}",
        f"\x1b[32m{name}\x1b[0m={text}" if secret.shape else f"\x1b[32m{name}={text}\x1b[0m",
        f"https://user:{text.replace('/', '_').replace('@', '_')}@git.example.org/repo.git",
    ]
    if secret.shape:
        found += [text, f"using {text} now", f"\x1b[31m{text}\x1b[0m", f"Authorization: Bearer {text}", f"({text})"]
    return found


def logs() -> list[str]:
    """Ordinary lines with ids, digests, paths and names like those of secrets: nothing of it is secret."""
    draw = random.Random(3)
    found = []
    for step in range(3_000):
        digest, run = draw.randbytes(20).hex(), uuid.UUID(bytes=draw.randbytes(16))
        found += [
            f"2026-11-21 10:00:{step % 60:02d},{step % 1000:03d} INFO step {step} loss {draw.random():.4f} run {run}",
            f"Epoch {step}: 100%|██████████| 500/500 [00:12<00:00, 41.2it/s, loss={draw.random():.3g}, tok/s={step}]",
            f"checkpoint commit {digest} saved to /data/ckpt/model-{step:05d}-{digest[:8]}.safetensors",
            f"wandb: tracking run {run} at http://localhost:8080/team/project/runs/{digest[:8]}",
            f"sha256:{draw.randbytes(32).hex()} layer pulled, key={step}, cache_key={digest}, next token: the",
        ]
    return found


# Beginnings of every rule, and what makes one look far ahead.
HOSTILE = [
    *("a", " ", "\n", "aB3/", "deadbeef", "\x1b[31m", "\x1b[1mp", "█", "Aa1" * 21 + "\n", "a" * 16 + " "),
    *(
        "sk-",
        "plk_",
        "pk",
        "npm_" + "a" * 19 + "_",
        "eyJaaaaaaaaaa-",
        "eyJaaaaaaaa.aaaaaaaaa",
        "SG.",
        "8Q~",
        "APIM",
        "1//0",
    ),
    *(
        "x" * 70 + "APIM ",
        "x/" * 35 + " ",
        "M" * 23 + " ",
        "M" * 24 + ".",
        "0" * 32 + "-us",
        "1" * 9 + ":AA",
        "akia ",
        "pat",
    ),
    *("-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "PRIVATE KEY", "://", "://a:", "://1a", "?sig=", "/webhooks/1"),
    *(
        "hooks.slack.com/services/",
        "bearer ",
        "basic  ",
        "authorization: ",
        "authorization: token ",
        "cookie: a=",
        "wandb ",
    ),
    *("wandb " + "a" * 39 + " ", "wandb.", "login a password ", "login\n", "ENV A_KEY ", "\nENV ", "ENV  "),
    *(
        "key",
        "key=",
        "key=1",
        "key=a1b2c3d(",
        "key=a;",
        "key=a,b=",
        "key=\"'",
        'key="',
        "key=[",
        "key: a|b, ",
        "key:a:",
    ),
    *('key\\\\"', "key = ", "key      ", "key: Abc[Abc[", "a_key=", "_", "_key=", "keyKey=", "ükey=", "key\ud800="),
    *("password", "password=...", "password: str = ", "pad_token=", "token={", "api_key={", "api_key=x(", "api_key=(("),
    *("--api-key ", "--token 'a", "-key a ", "api_key: a b\n", "passwordpassword="),
]
