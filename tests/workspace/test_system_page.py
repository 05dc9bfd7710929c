"""The page of what a run ran on, and what is said of its machine."""

import pytest

from apps.history.queries import Head
from apps.workspace.system_charts import ENOUGH_READINGS, is_system, summary, system_sections
from tests.factories import api_client, history_path, make_run, team_admin

GPUS = [f"system/gpu/{place}/{what}" for place in (0, 1, 10, 2) for what in ("memory_bytes", "utilization_percent")]


def head(name, mean, highest, points=ENOUGH_READINGS):
    return Head(name, points, 0, 0, points, mean, 0, 0.0, highest, mean, 0, 0, 0)


def said(**figures):
    found = {f"system/{name}": head(name, *figure) for name, figure in figures.items()}
    return summary(found)


def test_series_of_several_gpus_lie_beside_each_other_by_kind_and_number():
    sections = system_sections([*GPUS, "loss", "system/cpu_percent", "system/disk/read_bytes_per_second", "system/x"])
    assert [(one.name, [panel.title for panel in one.panels]) for one in sections] == [
        ("GPU utilization", ["GPU 0, %", "GPU 1, %", "GPU 2, %", "GPU 10, %"]),
        ("GPU memory", ["GPU 0, bytes", "GPU 1, bytes", "GPU 2, bytes", "GPU 10, bytes"]),
        ("CPU", ["whole machine, %"]),
        ("Disk", ["read, bytes/s"]),
        ("Other", ["x"]),
    ]


def test_one_gpu_is_one_section():
    (section,) = system_sections(["system/gpu/0/utilization_percent", "sys/gpu/0/power_watts"])
    assert (section.name, [panel.title for panel in section.panels]) == ("GPU", ["power, W", "utilization, %"])


@pytest.mark.parametrize("key", ["system", "systematic/x", "train/system/x", ""])
def test_other_metrics_are_not_of_the_machine(key):
    assert not is_system(key)
    assert is_system("system/" + key)


def test_idle_gpus_are_remarked_with_what_the_process_did():
    gpu = "gpu/0/utilization_percent"
    assert "wait for its data" in said(**{gpu: (21.0, 90.0)}).remarks[0]
    assert "prepare the data alone" in said(**{gpu: (21.0, 90.0), "process/cpu_percent": (99.0, 101.0)}).remarks[0]
    assert said(**{gpu: (21.0, 90.0)}).figures[0].value == "21 % mean, 90 % at most"


def test_nothing_is_remarked_of_a_busy_gpu_or_of_few_readings():
    gpu = "gpu/0/utilization_percent"
    assert said(**{gpu: (88.0, 100.0)}).remarks == []
    assert said(**{gpu: (2.0, 100.0, ENOUGH_READINGS - 1)}).remarks == []
    assert said(memory_percent=(50.0, 80.0)).remarks == []
    assert "97 % full" in said(memory_percent=(50.0, 97.0)).remarks[0]


@pytest.mark.django_db
def test_the_page_shows_machine_packages_and_charts_and_the_first_page_leaves_them_out(client):
    run = make_run(
        provenance={
            "packages": {"torch": "2.9", "numpy": "2.4"},
            "hardware": {"cpu": {"name": "A <b>CPU"}, "memory": 2**35, "gpus": [{"name": "H100", "memory": 2**36}]},
        }
    )
    values = {"loss": [1.0], "system/gpu/0/utilization_percent": [21.0], "system/<script>": [1.0]}
    body = {"writer": "w", "seq": 0, "step": [1], "values": values}
    assert api_client(team_admin(run)).send("POST", history_path(run), body).status_code == 200
    client.force_login(team_admin(run))
    led = client.get(f"{run.get_absolute_url()}system/?package=num")
    assert led.headers["Location"] == f"{run.get_absolute_url()}system/?package=num&x=relative"
    shown = client.get(f"{run.get_absolute_url()}system/?x=relative").content.decode()
    for text in ("torch", "A &lt;b&gt;CPU", "32.0 GiB", "H100", "utilization, %", "21 % mean", "&lt;script&gt;"):
        assert text in shown
    assert "<script>" not in shown
    assert 'data-key="loss"' not in shown
    found = client.get(f"{run.get_absolute_url()}system/?x=relative&package=num").content.decode()
    assert "torch" not in found.partition("Packages")[2]
    first = client.get(run.get_absolute_url()).content.decode()
    assert 'data-key="loss"' in first
    assert "system/gpu" not in first
    assert "2 series of the machine" in first


@pytest.mark.django_db
def test_a_run_of_which_nothing_was_measured_says_how_to(client):
    run = make_run(provenance={"hardware": "y", "packages": [1]})
    client.force_login(team_admin(run))
    shown = client.get(f"{run.get_absolute_url()}system/?x=relative").content.decode()
    assert "nvidia-ml-py" in shown
    assert "Nothing is known of where it ran" in shown
