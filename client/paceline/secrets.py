"""Hides secrets in what a run leaves behind, before it is sent and again when it arrives. Pure; the place is marked.

Two kinds of rules. A shape is a token whose form gives it away wherever it stands: `ghp_…`, a JWT, a private key. A
name gives away its value: `OPENAI_API_KEY=…`, `"password": "…"`, `--token …`, in environments, JSON, YAML, code,
command lines and logs. Names such as `pad_token` or `sort_key` are words of training and hide nothing.

Rules are asked only where a text has what they cannot match without: a literal hint, or a long piece of letters and
digits. They take time linear in the text: a pattern begins at a border of a word or a literal, and what follows is
bounded or begins only once.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Sequence
from typing import Any, Callable, NamedTuple
from urllib.parse import urlsplit, urlunsplit

HIDDEN = "[hidden]"
PIECE = 16 << 10  # characters: the interpreter's lock is held for as long as one piece takes

# --- Shapes: tokens that are known by their form ---

# Borders stand behind a pattern's first letter and look back over it: so a search skips to such letters by itself.
# Not inside a word. The colour codes of a terminal end in a letter that belongs to no word.
_COLOUR = r"(?<=m.)(?:(?<=\x1b\[\dm.)|(?<=\x1b\[\d\dm.)|(?<=\x1b\[\d;\d\dm.))"
_BORDER = rf"(?:(?<![A-Za-z0-9].)|{_COLOUR})"
_WORD = rf"(?:(?<![\w-].)|{_COLOUR})"
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
    """A pattern, and hints of which a text has one, in small letters, before it is asked. b"" is in all."""

    hints: tuple[bytes, ...]
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str] = HIDDEN


def _any_of(beginnings: Sequence[str]) -> str:
    """One of some beginnings, patterns of which the first letter is plain, at a border."""
    by_letter: dict[str, list[str]] = {}
    for one in sorted(beginnings, reverse=True):
        by_letter.setdefault(one[0], []).append(one[1:])
    return "(?:" + "|".join(f"{letter}{_BORDER}(?:{'|'.join(rests)})" for letter, rests in by_letter.items()) + ")"


def _any_case(word: str) -> str:
    """A word in small or capital letters. A search skips to its first letter, as it does not with (?i:…)."""
    return "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else letter for letter in word)


def _hidden_lines(match: re.Match[str]) -> str:
    """The inside of a private key with every line hidden, so that lines keep their numbers."""
    return match[1] + re.sub(r"[^\r\n]+", HIDDEN, match[2])


_KEY_BLOCK = re.compile(r"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)(.*?)(?=-----END|\Z)", re.DOTALL)
# Known by a beginning, see _has_beginning: Amazon's key ids, Twilio, Mailgun, SendGrid, Google, Airtable, Discord.
_BEGUN = (
    _Shape((b"",), re.compile(_any_of([*map(re.escape, _BEGINNINGS)]) + r"[\w-]{16,}(?:[.~+=]+[\w-]+)*")),
    _Shape((b"",), re.compile(_any_of([*map(re.escape, _SHORT_BEGINNINGS)]) + r"[A-Za-z0-9]{20,}[\w-]*")),
    _Shape(
        (b"akia", b"asia", b"abia", b"acca"), re.compile(rf"A{_BORDER}(?:KIA|SIA|BIA|CCA)[A-Z0-9]{{16}}(?![A-Za-z0-9])")
    ),
    _Shape((b"sk",), re.compile(rf"S{_BORDER}K[0-9a-f]{{32}}(?!\w)")),
    _Shape((b"key-",), re.compile(rf"k{_WORD}ey-[0-9a-f]{{32}}(?!\w)")),
    _Shape((b"sg.",), re.compile(rf"S{_WORD}G\.[\w-]{{16,}}\.[\w-]{{16,}}")),
    _Shape((b"1//0",), re.compile(r"1(?<![\w/].)//0[\w-]{30,}")),
    _Shape((b"pat",), re.compile(rf"p{_WORD}at[A-Za-z0-9]{{14}}\.[0-9a-f]{{64}}")),
    _Shape((b".",), re.compile(r"[MNO](?<![\w-].)[A-Za-z\d]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w-])")),
)
_ANY_BEGINNING = re.compile(
    _any_of(
        [
            *map(re.escape, (*_BEGINNINGS, *_SHORT_BEGINNINGS, "AKIA", "ASIA", "ABIA", "ACCA", "SK", "key-", "SG.")),
            *("1//0", "pat", r"M[A-Za-z\d]{23}", r"N[A-Za-z\d]{23}", r"O[A-Za-z\d]{23}"),
        ]
    )
)
_BEFORE_WORD = 8  # characters: some beginnings have a sign that ends a word, as in `dp.pt.`
# With a long word in them too. Mailchimp; Terraform; Telegram; a 40-hex key of Weights & Biases, which only its
# surroundings tell from a commit; addresses that are keys.
_WORDY = (
    _Shape((b"-us",), re.compile(rf"[0-9a-f]{_WORD}[0-9a-f]{{31}}-us\d{{1,2}}(?!\w)")),
    _Shape((b"atlasv1",), re.compile(rf"[A-Za-z0-9]{_WORD}[A-Za-z0-9]{{13}}\.atlasv1\.[\w-]{{40,}}")),
    _Shape((b":aa",), re.compile(rf"\d{_WORD}\d{{7,9}}:AA[\w-]{{33}}(?!\w)")),
    _Shape(
        (b"wandb",),
        re.compile(
            rf"({_any_case('wandb')}(?![\w.-]{{0,20}}[ :=@]{{1,3}}commit)[^\r\n]{{0,60}}?[^0-9a-zA-Z\r\n@/])"
            r"[0-9a-f]{40}(?![0-9a-zA-Z])"
        ),
        rf"\1{HIDDEN}",
    ),
    _Shape((b"/webhooks/",), re.compile(r"(/webhooks/)\d{15,20}/[\w-]{40,}"), rf"\1{HIDDEN}"),
    _Shape((b"/accounts/link/",), re.compile(r"(/accounts/link/)[\w-]{22,}"), rf"\1{HIDDEN}"),
)
_OTHER = (
    # Two keys of Azure; a JWT; addresses that are keys; signatures in addresses; user:password@host.
    _Shape((b"8q~",), re.compile(r"[\w~.-]{3}8Q~[\w~.-]{30,40}")),
    _Shape((b"eyj",), re.compile(rf"e{_WORD}yJ[\w-]{{8,}}\.[\w-]{{8,}}(?:\.[\w-]*)*")),
    _Shape((b"hook",), re.compile(r"(hooks\.slack\.com/)(?:services|workflows|triggers)/[\w/+-]{20,}"), rf"\1{HIDDEN}"),
    _Shape((b"hook",), re.compile(r"(webhookb2/)[\w@/-]{40,}"), rf"\1{HIDDEN}"),
    _Shape(
        (b"sig=", b"signature=", b"-token="),
        re.compile(r"([?&](?i:sig|(?:x-(?:amz|goog)-)?(?:signature|security-token))=)[\w%/+=.-]{16,}"),
        rf"\1{HIDDEN}",
    ),
    _Shape(
        (b"@",),
        re.compile(
            r"://([^\s:@/'\"<>]{0,200}):(?!\d{1,5}(?:[/?#'\"\s]|$))(?!\[hidden\]@|…|\$\{|<)([^\s@'\"<>]{1,300})@"
        ),
        rf"://\1:{HIDDEN}@",
    ),
    _Shape((b"@",), re.compile(r"://(?=[^\s@/]{0,80}\d)[\w.~+-]{20,200}(?=@)"), f"://{HIDDEN}"),
    # Headers, .netrc, Dockerfiles.
    _Shape(
        (b"bearer ", b"basic "),
        re.compile(
            rf"({_any_case('b')}(?<!\w.)(?:{_any_case('earer')}|{_any_case('asic')}))"
            r" +(?=[\w.~+/=-]{0,200}[\d=])[\w.~+/=-]{12,}"
        ),
        rf"\1 {HIDDEN}",
    ),
    _Shape(
        (b"authorization",),
        re.compile(
            rf"({_any_case('authorization')}[\"']{{0,2}} ?[:=] ?[\"']?"
            r"(?:(?i:bearer|basic|token|digest|apikey|bot|key) +)?)"
            r"(?!\[hidden\])(?=[\w.~+/=:-]{0,200}\d)[\w.~+/=:-]{6,}"
        ),
        rf"\1{HIDDEN}",
    ),
    _Shape(
        (b"cookie",),
        re.compile(rf"({_any_case('cookie')}[\"']{{0,2}}: ?[\"']?)(?=[\w.-]{{1,80}}=)[^\r\n\"']+"),
        rf"\1{HIDDEN}",
    ),
    _Shape(
        (b"password",),
        re.compile(rf"({_any_case('login')}\s{{1,5}}\S{{1,100}}\s{{1,5}}(?i:password)\s{{1,5}})\S+"),
        rf"\1{HIDDEN}",
    ),
    _Shape(
        (b"env ",),
        re.compile(r"(?m)^(\s{0,20}ENV +\w{0,80}(?:KEY|TOKEN|SECRET|PASSWORD) +)[^\r\n]+"),
        rf"\1{HIDDEN}",
    ),
)
# Two keys of Azure. A line that is nothing but 64 characters of base64 is the inside of a key whose head came with
# other lines.
_BASE64 = (
    _Shape(
        (b"+ast", b"acdb", b"apim", b"+amc", b"+aba"),
        re.compile(r"(?<![\w/+])[\w/+]{70,80}(?:APIM|ACDb|\+(?:ABa|AMC|ASt))[\w/+]{4,6}[AQgw]?={0,2}"),
    ),
    _Shape(
        (b"",),
        re.compile(r"(?m)^([ +-]?)(?=[A-Z0-9+/]*[a-z])(?=[a-z0-9+/]*[A-Z])(?=[A-Za-z+/]*\d)[A-Za-z0-9+/]{64}\r?$"),
        rf"\1{HIDDEN}",
    ),
)
# Long pieces of letters are found by making all letters one: `a`, in a text where nothing else is.
_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_WORDS = bytes(ord("a") if code in _LETTERS else ord(" ") for code in range(256))
_WORDS_OF_BASE64 = bytes(ord("a") if code in _LETTERS | {*b"+/"} else ord(" ") for code in range(256))
_LONG, _LONG_BASE64 = b"a" * 16, b"a" * 64


def scrubbed(text: str) -> str:
    """A text in which every secret that the rules know is replaced by [hidden]. Scrubbed again it stays the same."""
    if "PRIVATE KEY" in text:
        text = _KEY_BLOCK.sub(_hidden_lines, text)
    plain = _plain(text)
    small = plain.lower()
    words = plain.translate(_WORDS) + b" "
    if _LONG in words:
        if _has_beginning(text, words):
            text = _without(text, small, _BEGUN)
        text = _without(text, small, _WORDY)
    text = _without(text, small, _OTHER)
    if _LONG_BASE64 in plain.translate(_WORDS_OF_BASE64):
        text = _without(text, small, _BASE64)
    return _without_named(text)


def _plain(text: str) -> bytes:
    """The text with a question mark for all that is not ASCII: as long as it, and fast to look through."""
    return text.encode("ascii", "replace")


def _without(text: str, small: bytes, shapes: Sequence[_Shape]) -> str:
    """A text without what has one of these shapes. small: the text that was looked through for their hints."""
    for hints, pattern, replacement in shapes:
        for hint in hints:  # any() costs several times as much, and most texts are short
            if hint in small:
                text = pattern.sub(replacement, text)
                break
    return text


def _has_beginning(text: str, words: bytes) -> bool:
    """Whether a long word of the text begins, or a part of it, as a token does: few do, and only these cost more."""
    place = words.find(_LONG)
    while place >= 0:
        end = words.find(b" ", place)
        if _ANY_BEGINNING.search(text, max(0, place - _BEFORE_WORD), end):
            return True
        place = words.find(_LONG, end)
    return False


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

_NAME_HINTS = (b"key", b"token", b"pass", b"secret", b"auth", b"pwd", b"credential", b"connection")
# What a value follows: a sign, or the space behind an option. Most keys and tokens of a log are none of this.
_NAME_END = re.compile(
    rb"(?:pass(?:w(?:or)?d|phrase|code)?|pwd|secret|token|key|credentials?|auth|connection_?string)"
    rb"""(?=[\\"'\]]{0,6}[ \t]{0,20}[:=>]|["']?,?[ \t])"""
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
_NAME_LETTERS = re.compile(r"[A-Za-z0-9_.-]*")
_LONGEST_NAME = 100
_AFTER_NAME = re.compile(
    r"""[\\"'\]]{0,6}[ \t]{0,20}
    (?::[ \t]{0,4}&?'?[A-Za-z_][\w.]{0,40}(?:\[[\w ,.]{0,40}\])?(?:[ ]\|[ ]None)?[ \t]{0,4}(?==))?  # a type
    (?P<sign>=>|:=|==|[:=]|(?<![ \t])>)[ \t]{0,20}
    (?:
        (?:(?P<call>[A-Za-z_][\w.]{0,60})\()?[rbfuRBFU]{0,2}\\{0,3}
        (?:"(?:"")?(?!")(?P<double>[^"\r\n]+)|'(?:'')?(?!')(?P<single>[^'\r\n]+))
        |(?P<bare>[^\s"'`<>]{1,128})
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
_DIGIT = re.compile(r"\d")
# One word with two digits and three letters, and no path, number or sentence.
_TOKEN_LIKE = re.compile(r"(?=\D*\d\D*\d)(?=(?:[\W\d_]*[^\W\d_]){3})[^ \t/\\()\[\]{}<>,;]{8,}")
_CODE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_LOOKS_UP = re.compile(
    r"get|env|select|query|load|read|input|pass|find|prompt|crypt|arg|fetch|pop|exists", re.IGNORECASE
)
_WORDS_OF_NAMES = re.compile(r"key|token|secret|passw|pwd|passphrase|cred|auth", re.IGNORECASE)


def _without_named(text: str) -> str:
    """A text in which the values beside secret names are hidden."""
    small = _plain(text).lower()
    if not any(map(small.__contains__, _NAME_HINTS)):
        return text
    pieces: list[str] = []
    done = 0
    for found in _NAME_END.finditer(small):
        if found.start() < done:
            continue
        span = _secret_span(text, found.start(), found.end())
        if span is not None:
            pieces += [text[done : span[0]], HIDDEN]
            done = span[1]
    return "".join([*pieces, text[done:]]) if pieces else text


def _name_begin(text: str, end: int) -> int:
    """Where the name begins whose last word begins at end."""
    end -= _end(_NAME_LETTERS, text[max(0, end - _LONGEST_NAME) : end][::-1], 0)
    if text[max(0, end - 1) : end] in ("[", ";") and "\x1b" in text[max(0, end - 12) : end]:
        return _end(_COLOUR_END, text, end)
    return end


def _secret_span(text: str, word: int, end: int) -> tuple[int, int] | None:
    """From where to where a secret stands beside the name whose last word is text[word:end], None without one."""
    begin = _name_begin(text, word)
    certain = secret_name(text[begin:end])
    if certain is None:
        return None
    match = _AFTER_NAME.match(text, end)
    argument = match is None and text[begin : begin + 1] == "-"
    if argument:
        match = _ARGUMENT.match(text, end)
    if match is None:
        return None
    certain = certain or (argument and not text.startswith("key", end - 3))
    quoted = "" if argument else match.lastgroup
    if quoted in ("double", "single"):
        first, last = match.span(quoted)
        value = match[quoted].rstrip("\\")
        if match["call"] and _LOOKS_UP.search(match["call"]):
            return None  # os.environ.get("API_KEY")
        hidden = _hides(value, certain) and not (_CODE.fullmatch(value) and _WORDS_OF_NAMES.search(value))
        return (first, first + len(value)) if hidden else None
    first, last = match.span("bare")
    if not certain and not _DIGIT.search(text, first, min(last, first + 64)):
        return None  # most values: no token without a digit
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
        return plain[match.end()] in "([" and not _DIGIT.search(match[0])
    if _DIGIT.search(plain):
        return False
    return "." in plain or plain != value or following in ("<", ">") or bool(_WORDS_OF_NAMES.search(plain))


def _hides(value: str, certain: bool) -> bool:
    """Whether a value beside a secret's name is one: anything but placeholders, if the name is certain."""
    if not certain and not _TOKEN_LIKE.fullmatch(value, 0, 64):
        return False
    return bool(value) and value.lower() not in _NOTHING and not _PLACEHOLDER.fullmatch(value, 0, 200)


@functools.lru_cache(1_024)  # a log has few names, again and again
def secret_name(name: str) -> bool | None:
    """Whether a name is one of a secret: True certainly, False if its value looks so (key, token …), None it is not."""
    plain = _CAMEL.sub("_", name[-_LONGEST_NAME:].strip("-+~.")).replace("-", "_").replace(".", "_")
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
