"""The workflow files of docs/pull-requests.md: of the form that hosts take, with commands that there are."""

import json
import re
import shlex
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from paceline.command import command_parser
from paceline.report_command import spelt_out

PAGE = Path("docs/pull-requests.md").read_text()
FILES = {found[1]: found[2] for found in re.finditer(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL)}
SCHEMAS = {"github": "github-workflows.json", "gitea": "github-workflows.json", "gitlab": "gitlab-ci.json"}
SHELL = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def commands(document: Any) -> list[str]:
    """Every line of a workflow that a shell runs."""
    if isinstance(document, dict):
        lines = [document[name] for name in ("run", "script") if name in document]
        inner = [command for value in document.values() for command in commands(value)]
        return [one for line in lines for one in (line if isinstance(line, list) else line.splitlines())] + inner
    return [command for one in document for command in commands(one)] if isinstance(document, list) else []


def test_there_is_one_for_each_host():
    assert set(FILES) == {".github/workflows/report.yml", ".gitlab-ci.yml", ".gitea/workflows/report.yml"}


@pytest.mark.parametrize("name", FILES)
def test_a_workflow_file_is_as_its_host_takes_it(name):
    document = yaml.load(FILES[name], Loader=yaml.BaseLoader)
    schema = next(file for host, file in SCHEMAS.items() if host in name)
    held = json.loads((files("check_jsonschema") / "builtin_schemas" / "vendor" / schema).read_text())
    typed = yaml.safe_load(FILES[name].replace("\non:", '\n"on":'))
    assert [error.message for error in jsonschema_rs.validator_for(held).iter_errors(typed)] == []
    ours = [command for command in commands(document) if "paceline report" in command]
    assert ours
    for command in ours:
        chosen = command_parser().parse_args(spelt_out(shlex.split(command)[1:]))
        assert (chosen.command, chosen.pr) == ("report", True)


@pytest.mark.parametrize("line", [line for block in SHELL for line in block.splitlines()])
def test_the_commands_of_the_page_are_understood(line):
    assert command_parser().parse_args(spelt_out(shlex.split(line, comments=True)[1:])).command == "report"


def test_report_pr_is_taken_in_each_order():
    for words in (["report", "--pr", "x.md"], ["report", "x.md", "--pr"], ["report", "pr", "x.md"]):
        chosen = command_parser().parse_args(spelt_out(words))
        assert (chosen.does, chosen.what) == ("pr", "x.md")


def test_the_exit_codes_of_the_page_are_those_of_the_command():
    from paceline import report_command

    told = {int(code) for code in re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE)}
    constants = (report_command.DONE, report_command.NOT_DONE, report_command.UNKNOWN, report_command.NOT_COMMENTED)
    assert told == {*constants, 2}
