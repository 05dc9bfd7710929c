"""On what and for whom a run works: processor, memory, GPUs; the job, container, notebook or CI run it is part of."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paceline import nvml


def hardware() -> dict[str, Any]:
    """Processor, memory in bytes, and GPUs, as far as they can be known."""
    return {name: value for name, value in {"cpu": _processor(), **_memory(), **nvml.description()}.items() if value}


def _processor() -> dict[str, Any]:
    cores: set[tuple[str, str]] = set()
    name, package = "", ""
    for line in _lines("/proc/cpuinfo"):
        key, _, value = (part.strip() for part in line.partition(":"))
        if key == "model name" and not name:
            name = value
        elif key == "physical id":
            package = value
        elif key == "core id":
            cores.add((package, value))
    found: dict[str, Any] = {"name": name or platform.processor() or platform.machine(), "threads": os.cpu_count()}
    if cores:
        found["cores"] = len(cores)
    if hasattr(os, "sched_getaffinity"):
        found["usable"] = len(os.sched_getaffinity(0))
    quota = _text("/sys/fs/cgroup/cpu.max").split()
    if len(quota) == 2 and quota[0].isdigit() and quota[1].isdigit() and int(quota[1]):
        found["limit"] = int(quota[0]) / int(quota[1])
    return found


def _memory() -> dict[str, int]:
    found = {}
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemTotal:"):
            found["memory"] = int(line.split()[1]) * 1024
    limit = _text("/sys/fs/cgroup/memory.max")
    if limit.isdigit():
        found["memory_limit"] = int(limit)
    if not found and hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found["memory"] = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return found


def job(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The batch job, CI run, notebook and container around this process; {} when it stands alone."""
    found = {
        "slurm": _named(environment, "SLURM_", ("JOB_ID", "JOB_NAME", "ARRAY_TASK_ID", "NODELIST", "PROCID", "NTASKS")),
        "torchrun": _named(environment, "", ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
        if "TORCHELASTIC_RUN_ID" in environment
        else {},
        "ci": ci(environment),
        "notebook": notebook(environment),
        "container": _container(environment),
    }
    return {name: value for name, value in found.items() if value}


def _named(environment: Mapping[str, str], prefix: str, names: tuple[str, ...]) -> dict[str, str]:
    return {name.lower(): environment[prefix + name] for name in names if environment.get(prefix + name)}


def ci(environment: Mapping[str, str]) -> dict[str, str]:
    """Which CI system runs this, and the address of its run; {} elsewhere."""
    get = environment.get
    if get("GITHUB_ACTIONS"):
        url = f"{get('GITHUB_SERVER_URL', '')}/{get('GITHUB_REPOSITORY', '')}/actions/runs/{get('GITHUB_RUN_ID', '')}"
        return {"name": "GitHub Actions", "url": url, "job": get("GITHUB_JOB", ""), "ref": get("GITHUB_REF", "")}
    if get("GITLAB_CI"):
        job_url, ref = get("CI_JOB_URL", ""), get("CI_COMMIT_REF_NAME", "")
        return {"name": "GitLab CI", "url": job_url, "job": get("CI_JOB_NAME", ""), "ref": ref}
    for name, sign, url in (
        ("Jenkins", "JENKINS_URL", get("BUILD_URL", "")),
        ("Buildkite", "BUILDKITE", get("BUILDKITE_BUILD_URL", "")),
        ("CircleCI", "CIRCLECI", get("CIRCLE_BUILD_URL", "")),
        ("Azure Pipelines", "TF_BUILD", ""),
        ("CI", "CI", ""),
    ):
        if get(sign):
            return {"name": name, "url": url} if url else {"name": name}
    return {}


def notebook(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The kind of notebook this process is the kernel of, and its file where that is known; {} elsewhere."""
    if not in_notebook():
        return {}
    found = {
        "kind": "Colab"
        if "google.colab" in sys.modules
        else "Kaggle"
        if "KAGGLE_KERNEL_RUN_TYPE" in environment
        else "Jupyter"
    }
    shell = sys.modules["IPython"].get_ipython()
    names = (environment.get("JPY_SESSION_NAME"), getattr(shell, "user_ns", {}).get("__vsc_ipynb_file__"))
    file = next((name for name in names if name), "")
    if file:
        found["file"] = str(file)
    return found


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel. Imports nothing: where there is one, IPython is loaded."""
    module = sys.modules.get("IPython")
    try:
        shell = module.get_ipython() if module is not None else None
    except Exception:
        return False
    return shell is not None and type(shell).__name__ != "TerminalInteractiveShell" and hasattr(shell, "kernel")


def _container(environment: Mapping[str, str]) -> dict[str, str]:
    if environment.get("KUBERNETES_SERVICE_HOST"):
        return {"kind": "Kubernetes", "pod": environment.get("HOSTNAME", "")}
    if environment.get("APPTAINER_CONTAINER") or environment.get("SINGULARITY_CONTAINER"):
        image = environment.get("APPTAINER_CONTAINER") or environment.get("SINGULARITY_CONTAINER", "")
        return {"kind": "Apptainer", "image": image}
    if Path("/.dockerenv").exists():
        return {"kind": "Docker"}
    if Path("/run/.containerenv").exists():
        return {"kind": "Podman"}
    return {}


def _text(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace").strip()
    except OSError:
        return ""


def _lines(path: str) -> list[str]:
    return _text(path).splitlines()
