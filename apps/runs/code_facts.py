"""What a run's provenance says of code and machine, in the shapes of its page. Anybody wrote it: trust nothing."""

import re
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

_HOST = r"(?P<host>[A-Za-z0-9.-]{1,200}(?::\d{1,5})?)"
_PATH = r"(?P<path>[A-Za-z0-9._~/-]{1,300}?)(?:\.git)?/?"
_REMOTES = (
    re.compile(rf"https?://{_HOST}/{_PATH}"),
    re.compile(rf"(?:ssh://)?(?:[\w.-]{{1,60}}@)?(?P<host>[A-Za-z0-9.-]{{1,200}})(?::\d{{1,5}}/|[:/]){_PATH}"),
)
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
SHOWN_UNTRACKED = 200


class _Host(NamedTuple):
    """How a host spells addresses below a repository. name: a part of the host's own."""

    name: str
    commit: str
    range: str


_HOSTS = (
    _Host("gitlab", "/-/commit/", "/-/compare/{first}...{last}"),
    _Host("bitbucket", "/commits/", "/branches/compare/{last}..{first}"),
    _Host("github", "/commit/", "/compare/{first}...{last}"),
    _Host("codeberg", "/commit/", "/compare/{first}...{last}"),
)


class Code(NamedTuple):
    """commit_url: "" when the remote is no host whose addresses we know. dirty: None when nobody could tell."""

    commit: str
    commit_url: str
    branch: str
    remote: str
    dirty: bool | None
    command: str
    directory: str


def code(provenance: Any) -> Code:
    """Commit, branch, remote and command line; "" for what is not known."""
    known = provenance if isinstance(provenance, Mapping) else {}
    git = _mapping(known, "git")
    commit, remote = _text(git, "commit"), _text(git, "remote")
    dirty = git.get("dirty")
    words = known.get("command")
    command = shlex.join(str(word) for word in words) if isinstance(words, list) else _text(known, "command")
    return Code(
        commit=commit,
        commit_url=commit_url(remote, commit),
        branch=_text(git, "branch"),
        remote=remote,
        dirty=dirty if isinstance(dirty, bool) else None,
        command=command,
        directory=_text(known, "directory"),
    )


def commit_url(remote: str, commit: str) -> str:
    """The page of a commit at a host whose addresses are known by its name; "" for others."""
    if not _COMMIT.fullmatch(commit):
        return ""
    page, host = _repository(remote)
    return f"{page}{host.commit}{commit}" if host else ""


def range_url(remote: str, first: str, last: str) -> str:
    """The page of what changed from one commit to another at such a host; "" for others."""
    if not (_COMMIT.fullmatch(first) and _COMMIT.fullmatch(last)):
        return ""
    page, host = _repository(remote)
    return page + host.range.format(first=first, last=last) if host else ""


def _repository(remote: str) -> tuple[str, _Host | None]:
    """The page of a repository, and how addresses below it look there; None where that is not known."""
    for pattern in _REMOTES:
        found = pattern.fullmatch(remote)
        if found:
            host, path = found["host"].lower(), found["path"].strip("/")
            for known in _HOSTS:
                if known.name in host and path and ".." not in path:
                    return f"https://{host}/{path}", known
    return "", None


def untracked(provenance: Any) -> tuple[list[str], int]:
    """Names of untracked files, and how many more there are than these."""
    known = provenance if isinstance(provenance, Mapping) else {}
    names = known.get("untracked")
    names = [str(name) for name in names] if isinstance(names, list) else []
    total = known.get("untracked_total")
    return names[:SHOWN_UNTRACKED], max(total if isinstance(total, int) else 0, len(names)) - len(
        names[:SHOWN_UNTRACKED]
    )


def packages(provenance: Any) -> list[tuple[str, str]]:
    """Names and versions of packages, by name."""
    known = provenance if isinstance(provenance, Mapping) else {}
    return sorted(((str(name), str(version)) for name, version in _mapping(known, "packages").items()), key=_by_name)


def _by_name(package: tuple[str, str]) -> str:
    return package[0].lower()


def machine(provenance: Any) -> dict[str, str]:
    """Names to facts of the machine and of the job, in words; what is not known is left out."""
    known = provenance if isinstance(provenance, Mapping) else {}
    hardware, cpu = _mapping(known, "hardware"), _mapping(_mapping(known, "hardware"), "cpu")
    threads = cpu.get("usable") or cpu.get("threads") or known.get("cpus")
    facts = {
        "Host": _text(known, "host"),
        "User": _text(known, "user"),
        "System": _text(known, "os"),
        "Python": _text(known, "python"),
        "Processor": _text(cpu, "name"),
        "Processors": f"{threads} of {cpu['threads']}"
        if cpu.get("usable") not in (None, cpu.get("threads"))
        else threads,
        "Processor limit": _text(cpu, "limit"),
        "Memory": size(hardware.get("memory")),
        "Memory limit": size(hardware.get("memory_limit")),
        "NVIDIA driver": _text(hardware, "driver"),
        "CUDA": _text(hardware, "cuda"),
    }
    for kind, of in _mapping(known, "job").items():
        if isinstance(of, Mapping):
            facts[_KINDS.get(kind, str(kind))] = " · ".join(
                str(value) for name, value in of.items() if name != "url" and value
            )
    return {name: str(value) for name, value in facts.items() if value}


_KINDS = {"slurm": "SLURM", "ci": "CI", "notebook": "Notebook", "container": "Container", "torchrun": "torchrun"}


def ci_url(provenance: Any) -> str:
    """The address of the CI run, "" without one."""
    known = provenance if isinstance(provenance, Mapping) else {}
    url = _text(_mapping(_mapping(known, "job"), "ci"), "url")
    return url if url.startswith(("https://", "http://")) else ""


def gpus(provenance: Any) -> list[tuple[str, str]]:
    """Names and memory of the GPUs."""
    known = provenance if isinstance(provenance, Mapping) else {}
    found = _mapping(known, "hardware").get("gpus")
    listed = [gpu for gpu in found if isinstance(gpu, Mapping)] if isinstance(found, list) else []
    return [(_text(gpu, "name"), size(gpu.get("memory"))) for gpu in listed]


def _mapping(known: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = known.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(known: Mapping[str, Any], name: str) -> str:
    found = known.get(name)
    return str(found) if isinstance(found, (str, int, float)) and not isinstance(found, bool) else ""


def size(found: Any) -> str:
    """Bytes in GiB."""
    return f"{found / 2**30:,.1f} GiB" if isinstance(found, (int, float)) and not isinstance(found, bool) else ""
