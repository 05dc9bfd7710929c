"""Hides secrets in what a run leaves behind, before it is sent and again when it arrives. Pure; the place is marked.

Two kinds of rules. A shape is a token whose form gives it away wherever it stands: `ghp_…`, a JWT, a private key. A
name gives away its value: `OPENAI_API_KEY=…`, `"password": "…"`, `--token …`, in environments, JSON, YAML, code,
command lines and logs. Names such as `pad_token` or `sort_key` are words of training and hide nothing.

Rules are asked only where a text has one of their literal hints, and take time linear in the text: a pattern begins
at a border of a word or a literal, and what follows is bounded or begins only once.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any, Callable, NamedTuple
from urllib.parse import urlsplit, urlunsplit

HIDDEN = "[hidden]"
PIECE = 16 << 10  # characters: the interpreter's lock is held for as long as one piece takes

# --- Shapes: tokens that are known by their form ---

# Not inside a word. The colour codes of a terminal end in a letter that belongs to no word.
_BORDER = r"(?:(?<![A-Za-z0-9])|(?<=\x1b\[\dm)|(?<=\x1b\[\d\dm)|(?<=\x1b\[\d;\d\dm))"
_WORD = r"(?:(?<![\w-])|(?<=\x1b\[\dm)|(?<=\x1b\[\d\dm)|(?<=\x1b\[\d;\d\dm))"
# Beginnings that nothing else has: our own keys, GitHub, GitLab, Slack, Stripe, PyPI, Google, and many more.
_BEGINNINGS = (
    *("plk_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "glrt-", "glptt-", "glcbt-"),
    *("glft-", "glimt-", "glagent-", "gloas-", "glsoat-", "GR1348941", "xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-"),
    *("xoxr-", "xoxs-", "xoxe.xoxb-", "xoxe.xoxp-", "xapp-", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"),
    *("pypi-AgE", "dop_v1_", "doo_v1_", "dor_v1_", "dckr_pat_", "shpat_", "shpca_", "shppa_", "shpss_", "sq0atp-"),
    *("sq0csp-", "NRAK-", "glsa_", "lin_api_", "PMAK-", "xai-", "pplx-", "tgp_v1_", "lsv2_pt_", "lsv2_sk_", "pcsk_"),
    *("hvs.", "hvb.", "AGE-SECRET-KEY-1", "ATATT3", "sntrys_", "pscale_tkn_", "pscale_pw_", "tskey-", "nvapi-"),
    *("wandb_v1_", "ya29.", "GOCSPX-", "AIza", "HRKU-", "ops_eyJ", "eyJhcGlf", "CCIPAT_", "ABSK", "sk-proj-"),
    *("sk-ant-", "sk-or-", "sk-svcacct-", "sk-admin-", "EAACEdEose0cBA", "dp.pt.", "dp.st."),
)
# Beginnings that names of variables have too: what follows must be one long piece.
_SHORT_BEGINNINGS = (
    *("sk-", "hf_", "api_org_", "npm_", "dapi", "rubygems_", "glc_", "ntn_", "r8_", "gsk_", "KGAT_", "sbp_", "figd_"),
    *("nfp_", "rpa_", "AKCp", "secret_", "vercel_"),
)


class _Shape(NamedTuple):
    """A pattern, and what a lowered text must have for it to be asked."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str] = HIDDEN


def _any_of(beginnings: Sequence[str]) -> str:
    return "(?:" + "|".join(re.escape(one) for one in sorted(beginnings, reverse=True)) + ")"


def _lowered(beginnings: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.lower() for one in beginnings))


def _hidden_lines(match: re.Match[str]) -> str:
    """The inside of a private key with every line hidden, so that lines keep their numbers."""
    return match[1] + re.sub(r"[^\r\n]+", HIDDEN, match[2])


_SHAPES = (
    _Shape(
        ("private key",),
        re.compile(r"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)(.*?)(?=-----END|\Z)", re.DOTALL),
        _hidden_lines,
    ),
    _Shape(_lowered(_BEGINNINGS), re.compile(_BORDER + _any_of(_BEGINNINGS) + r"[\w-]{16,}(?:[.~+=]+[\w-]+)*")),
    _Shape(
        _lowered(_SHORT_BEGINNINGS),
        re.compile(_BORDER + _any_of(_SHORT_BEGINNINGS) + r"[A-Za-z0-9]{20,}[\w-]*"),
    ),
    # Amazon's key ids; two keys of Azure; Twilio, Mailgun, Mailchimp, SendGrid; Google; Terraform; Telegram; Airtable.
    _Shape(("akia", "asia", "abia", "acca"), re.compile(_BORDER + r"A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Za-z0-9])")),
    _Shape(("8q~",), re.compile(r"[\w~.-]{3}8Q~[\w~.-]{30,40}")),
    _Shape(
        ("+ast", "acdb", "apim", "+amc", "+aba"),
        re.compile(r"(?<![\w/+])[\w/+]{70,80}(?:APIM|ACDb|\+(?:ABa|AMC|ASt))[\w/+]{4,6}[AQgw]?={0,2}"),
    ),
    _Shape(("sk",), re.compile(_BORDER + r"SK[0-9a-f]{32}(?!\w)")),
    _Shape(("key-",), re.compile(_WORD + r"key-[0-9a-f]{32}(?!\w)")),
    _Shape(("-us",), re.compile(_WORD + r"[0-9a-f]{32}-us\d{1,2}(?!\w)")),
    _Shape(("sg.",), re.compile(_WORD + r"SG\.[\w-]{16,}\.[\w-]{16,}")),
    _Shape(("1//0",), re.compile(r"(?<![\w/])1//0[\w-]{30,}")),
    _Shape(("atlasv1",), re.compile(_WORD + r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,}")),
    _Shape((":aa",), re.compile(_WORD + r"\d{8,10}:AA[\w-]{33}(?!\w)")),
    _Shape(("pat",), re.compile(_WORD + r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}")),
    # A JWT; a Discord bot; a 40-hex key of Weights & Biases, which only its surroundings tell from a commit.
    _Shape(("eyj",), re.compile(_WORD + r"eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)*")),
    _Shape(
        (".",),
        re.compile(r"[MNO](?<![\w-][MNO])[A-Za-z\d]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w-])"),
    ),
    _Shape(
        ("wandb",),
        re.compile(
            r"((?i:wandb)(?![\w.-]{0,20}[ :=@]{1,3}commit)[^\r\n]{0,60}?[^0-9a-zA-Z\r\n@/])[0-9a-f]{40}(?![0-9a-zA-Z])"
        ),
        rf"\1{HIDDEN}",
    ),
    # Addresses that are keys; signatures in addresses; user:password@host.
    _Shape(("hooks.slack.com",), re.compile(r"(?<=hooks\.slack\.com/)(?:services|workflows|triggers)/[\w/+-]{20,}")),
    _Shape(("/webhooks/",), re.compile(r"(?<=/webhooks/)\d{15,20}/[\w-]{40,}")),
    _Shape(("webhookb2/",), re.compile(r"(?<=webhookb2/)[\w@/-]{40,}")),
    _Shape(("/accounts/link/",), re.compile(r"(?<=/accounts/link/)[\w-]{22,}")),
    _Shape(
        ("sig=", "signature=", "-token="),
        re.compile(r"([?&](?i:sig|(?:x-(?:amz|goog)-)?(?:signature|security-token))=)[\w%/+=.-]{16,}"),
        rf"\1{HIDDEN}",
    ),
    _Shape(
        ("://",),
        re.compile(
            r"://([^\s:@/'\"<>]{0,200}):(?!\d{1,5}(?:[/?#'\"\s]|$))(?!\[hidden\]@|…|\$\{|<)([^\s@'\"<>]{1,300})@"
        ),
        rf"://\1:{HIDDEN}@",
    ),
    _Shape(("://",), re.compile(r"://(?=[^\s@/]{0,80}\d)[\w.~+-]{20,200}(?=@)"), f"://{HIDDEN}"),
    # Headers, .netrc, Dockerfiles.
    _Shape(
        ("bearer ", "basic "),
        re.compile(r"\b((?i:bearer|basic)) +(?=[\w.~+/=-]{0,200}[\d=])[\w.~+/=-]{12,}"),
        rf"\1 {HIDDEN}",
    ),
    _Shape(
        ("authorization",),
        re.compile(
            r"((?i:authorization)[\"']{0,2} ?[:=] ?[\"']?(?:(?i:bearer|basic|token|digest|apikey|bot|key) +)?)"
            r"(?!\[hidden\])(?=[\w.~+/=:-]{0,200}\d)[\w.~+/=:-]{6,}"
        ),
        rf"\1{HIDDEN}",
    ),
    _Shape(
        ("cookie",),
        re.compile(r"((?i:cookie)[\"']{0,2}: ?[\"']?)(?=[\w.-]{1,80}=)[^\r\n\"']+"),
        rf"\1{HIDDEN}",
    ),
    _Shape(
        ("password ",),
        re.compile(r"((?i:login)\s{1,5}\S{1,100}\s{1,5}(?i:password)\s{1,5})\S+"),
        rf"\1{HIDDEN}",
    ),
    _Shape(
        ("env ",),
        re.compile(r"(?m)^(\s{0,20}ENV +\w{0,80}(?:KEY|TOKEN|SECRET|PASSWORD) +)[^\r\n]+"),
        rf"\1{HIDDEN}",
    ),
)
# A line that is nothing but 64 characters of base64 is the inside of a key whose head came with other lines.
_KEY_LINE = re.compile(r"(?m)^([ +-]?)(?=[A-Z0-9+/]*[a-z])(?=[a-z0-9+/]*[A-Z])(?=[A-Za-z+/]*\d)[A-Za-z0-9+/]{64}\r?$")


def scrubbed(text: str) -> str:
    """A text in which every secret that the rules know is replaced by [hidden]. Scrubbed again it stays the same."""
    lowered = text.lower()
    for shape in _SHAPES:
        if any(hint in lowered for hint in shape.hints):
            text = shape.pattern.sub(shape.replacement, text)
    if len(text) >= 64:
        text = _KEY_LINE.sub(rf"\1{HIDDEN}", text)
    return _without_named(text)


def scrubbed_in_pieces(text: str) -> str:
    """scrubbed() of a long text, for threads beside a training: by pieces of whole lines, with a rest in between.

    Its lines stay as many as they were. A private key that is cut by the border of two pieces is hidden by its lines.
    """
    if len(text) <= PIECE:
        return scrubbed(text)
    pieces, start = [], 0
    while start < len(text):
        end = text.find("\n", start + PIECE) + 1 or len(text)
        pieces.append(scrubbed(text[start:end]))
        start = end
        time.sleep(0.0005)
    return "".join(pieces)


# --- Names: what stands beside a name like password ---

_NAME_END = re.compile(
    r"passw(?:or)?d|passphrase|passcode|pwd|pass|secret|token|key|credentials?|auth|connection_?string"
)
_STRONG = re.compile(
    r"(?:password|passwd|passphrase|passcode|secret|credentials?|connection_?string)$"
    r"|(?:^|_)(?:pwd|pgpass)$"
    r"|(?:api|access|secret|private|sign(?:ing)?|encrypt(?:ion)?|auth|account|master|shared|storage|subscription|licen[cs]e"
    r"|deploy|ssh|rsa|hmac|webhook|admin|session|jwt|django|wandb|openai|anthropic|hf|comet|neptune|aws|azure|gcp"
    r"|service|app)_?key$"
    r"|(?:api|access|auth|refresh|bearer|id|session|csrf|xsrf|hf|hub|face|github|gh|gitlab|slack|bot|discord|telegram"
    r"|wandb|replicate|openai|anthropic|aws|azure|gcp|security|vault|npm|pypi|oauth|jwt|deploy|personal|secret"
    r"|service|upload|registry)_?token$"
)
_WEAK = re.compile(r"(?:^|_)(?:key|token|pass|auth)$")
_ENVIRONMENT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
# Names of training, of data structures and of questions: pad_token, sort_key, has_password.
_ORDINARY = re.compile(
    r"(?:^|_)(?:pad|padding|eos|bos|sos|sep|cls|mask|unk|unknown|special|image|video|audio|stop|start|end|begin|prompt"
    r"|next|prev|previous|new|old|last|first|best|max|min|num|per|n|total|additional|extra|input|output|target|source"
    r"|label|sort|sorting|primary|foreign|cache|dict|state|group|grouping|partition|row|column|col|feature|features"
    r"|text|batch|metric|monitor|random|rng|prng|shuffle|data|dataset|public|hot|hash|lookup|index|map|object|attr"
    r"|field|config|param|params|dropout|init|sub|split|train|test|val|eval|class|obs|action|reward|prefix|suffix"
    r"|assistant|system|user|word|vision|tool|fim|decoder|encoder|forced|language|lang|time|series|plot|legend|order"
    r"|unique|natural|composite|loss|score|model|module|weight|layer|node|edge|json|column|decoder_start|image_start"
    r"|i18n|translation|message|topic|routing|event|arrow|up|down|any|press|enter|tab|return|escape|space|call|kw)"
    r"_?(?:key|token|pass|auth)$"
    r"|^(?:has|is|use|no|num|reset|forgot|show|require|requires|check|needs|allow|with|without)_"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_COLOUR_END = re.compile(r"\d{0,3}m|")
_NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_LONGEST_NAME = 100
_AFTER_NAME = re.compile(
    r"""[\\"'\]]{0,6}[ \t]{0,20}
    (?::[ \t]{0,4}&?'?[A-Za-z_][\w.]{0,40}(?:\[[\w ,.]{0,40}\])?(?:[ ]\|[ ]None)?[ \t]{0,4}(?==))?  # a type
    (?P<sign>=>|:=|==|[:=]|(?<![ \t])>)[ \t]{0,20}
    (?:
        (?:(?P<call>[A-Za-z_][\w.]{0,60})\()?[rbfuRBFU]{0,2}\\{0,3}
        (?:"(?:"")?(?!")(?P<double>[^"\r\n]+)|'(?:'')?(?!')(?P<single>[^'\r\n]+))
        |(?P<bare>[^\s"'`<>]{1,256})
    )""",
    re.VERBOSE,
)
_ARGUMENT = re.compile(r"""["']?,?[ \t]{1,20}["']?(?![a-z_]+=["'\w(\[])(?P<bare>[^\s"'`<>-][^\s"'`<>]{0,255})""")
_REST_OF_WORD = re.compile(r"[^\s\"'`<>]*")
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_NEXT_ENTRY = re.compile(r"[;&,](?=[\w.\- ]{1,60}[=:])")
_LINE_START = re.compile(r"[ \t>+-]*(?:export[ \t]+|set[ \t]+)?\Z")
_PLACEHOLDER = re.compile(
    r"\$\{?[A-Z_][A-Z0-9_]*\}?|\$[{(].*|\{.*|<.*>|%\(\w+\)s|%\w+%|x{3,}|.*(?:…|\.\.\.)|[^A-Za-z0-9]{0,5}|\*+|\[hidden\]|\[redacted\]",
    re.IGNORECASE,
)
_NOTHING = frozenset(
    (
        *("none", "null", "nil", "true", "false", "undefined", "str", "string", "bytes", "int", "bool", "any"),
        *("optional", "required", "missing", "invalid", "empty", "unset", "set", "not", "is", "was", "the", "a", "an"),
        *("and", "or", "no", "yes", "default", "self", "it", "its", "this", "that", "to", "for", "from", "in", "on"),
        *("of", "by", "redacted", "hidden", "secretstr", "expired", "wrong", "unknown", "needed", "given", "found"),
        *("rejected", "accepted", "revoked", "ok", "if", "else", "same-origin", "include", "omit"),
    )
)
_CODE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_LOOKS_UP = re.compile(
    r"get|env|select|query|load|read|input|pass|find|prompt|crypt|arg|fetch|pop|exists", re.IGNORECASE
)
_WORDS_OF_NAMES = re.compile(r"key|token|secret|passw|pwd|passphrase|cred|auth", re.IGNORECASE)


def _without_named(text: str) -> str:
    """A text in which the values beside secret names are hidden."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few capitals of other alphabets become two characters
        lowered = "".join(letter.lower() if letter < "\x80" else letter for letter in text)
    pieces: list[str] = []
    done = 0
    for found in _NAME_END.finditer(lowered):
        if found.start() < done:
            continue
        begin = _name_begin(text, found.start())
        span = _secret_span(text, begin, found.end())
        if span is not None:
            pieces += [text[done : span[0]], HIDDEN]
            done = span[1]
    return "".join([*pieces, text[done:]]) if pieces else text


def _name_begin(text: str, end: int) -> int:
    """Where the name begins whose last word begins at end."""
    least = max(0, end - _LONGEST_NAME)
    while end > least and text[end - 1] in _NAME_LETTERS:
        end -= 1
    if "\x1b" in text[max(0, end - 12) : end]:
        return _end(_COLOUR_END, text, end)
    return end


def _secret_span(text: str, begin: int, end: int) -> tuple[int, int] | None:
    """From where to where a secret stands beside the name text[begin:end], None without one."""
    match = _AFTER_NAME.match(text, end)
    argument = match is None and text[begin : begin + 1] == "-"
    if argument:
        match = _ARGUMENT.match(text, end)
    if match is None:
        return None
    certain = secret_name(text[begin:end])
    if certain is None:
        return None
    certain = certain or (argument and not text.startswith("key", end - 3))
    groups = match.groupdict()
    quoted = next((kind for kind in ("double", "single") if groups.get(kind)), "")
    if quoted:
        first, last = match.span(quoted)
        value = match[quoted].rstrip("\\")
        if groups.get("call") and _LOOKS_UP.search(groups["call"]):
            return None  # os.environ.get("API_KEY")
        hidden = _hides(value, certain) and not (_CODE.fullmatch(value) and _WORDS_OF_NAMES.search(value))
        return (first, first + len(value)) if hidden else None
    first, last = match.span("bare")
    value = match["bare"]
    entry = _NEXT_ENTRY.search(value)
    if entry is not None:
        value, last = value[: entry.start()], first + entry.start()
    if _is_code(value, text[last : last + 1]) or not _hides(value.rstrip(",;)}]"), certain):
        return None
    if entry is not None:
        return first, last
    if certain and not argument and match["sign"] == ":" and _LINE_START.match(text[max(0, begin - 40) : begin]):
        line = text.rfind("\n", max(0, begin - 40), begin) + 1
        if not text[line:begin].strip(" \t>+-") and begin - line < 40:
            return first, _end(_REST_OF_LINE, text, last)  # YAML: several words
    return first, _end(_REST_OF_WORD, text, last)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _is_code(value: str, following: str) -> bool:
    """Whether a bare value is an expression rather than a text: a call, an index, an attribute, a name of a secret."""
    plain = value.rstrip(",;:)}]")
    match = _CODE.match(plain)
    if match is None and plain[:1] in ("(", "[", "!"):
        match = _CODE.match(plain := plain.lstrip("([!"))
    if match is None:
        return False
    if match.end() < len(plain):
        return plain[match.end()] in "([" and not any(letter.isdigit() for letter in match[0])
    whole = not any(letter.isdigit() for letter in plain)
    if not whole:
        return False
    return "." in plain or plain != value or following in ("<", ">") or bool(_WORDS_OF_NAMES.search(plain))


def _hides(value: str, certain: bool) -> bool:
    """Whether a value beside a secret's name is one: anything but placeholders, if the name is certain."""
    if not value or value.lower() in _NOTHING or _PLACEHOLDER.fullmatch(value[:200]):
        return False
    return certain or _looks_secret(value[:64])


def _looks_secret(value: str) -> bool:
    """Whether a value could be a token: one word with letters and digits, and no path, number or sentence."""
    if len(value) < 8 or any(letter in " \t/\\()[]{}<>,;" for letter in value):
        return False
    digits = sum(letter.isdigit() for letter in value)
    letters = sum(letter.isalpha() for letter in value)
    return digits >= 2 and letters >= 3


def secret_name(name: str) -> bool | None:
    """Whether a name is one of a secret: True certainly, False if its value looks so (key, token …), None it is not."""
    plain = _CAMEL.sub("_", name.strip("-+~.")).replace("-", "_").replace(".", "_")
    lowered = plain.lower()
    if _ORDINARY.search(lowered):
        return None
    if _STRONG.search(lowered):
        return True
    if _WEAK.search(lowered):
        return bool(_ENVIRONMENT.fullmatch(plain))
    return None


# --- Documents and command lines ---


def scrubbed_document(document: Any, name: str = "") -> Any:
    """A JSON value in which texts under secret names, and secrets inside of other texts, are hidden.

    name: what the document itself is called. A list of texts is looked at as a command line too.
    """
    if isinstance(document, dict):
        return {_scrubbed_name(key): scrubbed_document(item, str(key)) for key, item in document.items()}
    if isinstance(document, list):
        if document and all(isinstance(item, str) for item in document):
            return _scrubbed_texts(document, name)
        return [scrubbed_document(item, name) for item in document]
    if isinstance(document, str):
        return _scrubbed_value(document, name)
    if isinstance(document, (int, float)) and not isinstance(document, bool) and _PASSWORD.search(name):
        return HIDDEN
    return document


_PASSWORD = re.compile(r"(?i)(?:^|[-_.])(?:password|passwd|passphrase|passcode)$")


def _scrubbed_name(key: Any) -> Any:
    return scrubbed(key) if isinstance(key, str) and len(key) > 16 else key


def _scrubbed_value(value: str, name: str) -> str:
    certain = secret_name(name) if name else None
    if certain is False and name.lower().endswith("token"):
        certain = True  # in a document a name is a name, and `token` alone is one
    if certain is not None and _hides(value, certain):
        return HIDDEN
    return scrubbed(value)


def _scrubbed_texts(texts: Sequence[str], name: str) -> list[str]:
    if name and secret_name(name) is not None:
        return [_scrubbed_value(text, name) for text in texts]
    return scrubbed_arguments(texts)


def scrubbed_arguments(arguments: Sequence[str]) -> list[str]:
    """A command line in which the values of --api-key, --token=… and their like, and known token shapes, are hidden."""
    shown: list[str] = []
    option = ""
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if option and not argument.startswith("-"):
            shown.append(_scrubbed_value(argument, option))
        elif equals and len(name) <= _LONGEST_NAME and not _spaced(name):
            shown.append(f"{scrubbed(name)}={_scrubbed_value(value, name.lstrip('-+~'))}")
        else:
            shown.append(scrubbed(argument))
        option = argument.lstrip("-") if argument.startswith("-") and not equals else ""
    return [argument.encode(errors="replace").decode() for argument in shown]


def _spaced(text: str) -> bool:
    return any(letter in " \t\n\"'{:/" for letter in text)


def without_password(address: str) -> str:
    """A remote's address without user and password."""
    try:
        parts = urlsplit(address)
        if parts.scheme and "@" in parts.netloc and parts.scheme != "ssh":
            return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:
        return ""
    return address
