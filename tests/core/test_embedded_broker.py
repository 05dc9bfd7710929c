"""Messages of the embedded broker appear whole or not at all.

kombu remembers bindings per process, so each test has a queue of its own name.
"""

import threading
from pathlib import Path

from kombu import Connection, Exchange, Queue

from tracker_site import embedded_broker


def test_a_reader_never_sees_half_a_message(tmp_path: Path):
    embedded_broker.register()
    folders = {"data_folder_in": tmp_path / "q", "data_folder_out": tmp_path / "q", "control_folder": tmp_path / "c"}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    options = {name: str(folder) for name, folder in folders.items()}
    queue = Queue("halves", Exchange("halves"), "halves")  # kombu remembers a process' bindings: a name of our own
    wanted = 300

    def send() -> None:
        with Connection("filesystem://", transport_options=options) as connection:
            assert type(connection.transport) is embedded_broker.Transport
            producer = connection.Producer()
            for number in range(wanted):
                producer.publish({"number": number}, exchange=queue.exchange, routing_key="halves", declare=[queue])

    seen = []
    with Connection("filesystem://", transport_options=options) as connection:
        bound = queue(connection.default_channel)
        bound.declare()
        thread = threading.Thread(target=send)
        thread.start()
        while thread.is_alive() or any(folders["data_folder_in"].iterdir()):
            message = bound.get(no_ack=True)
            if message:
                seen.append(message.payload["number"])
    assert sorted(seen) == list(range(wanted))


def test_a_binding_cut_short_is_written_anew(tmp_path: Path):
    embedded_broker.register()
    options = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "c")}
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "other.exchange").write_text("")
    with Connection("filesystem://", transport_options=options) as connection:
        queue = Queue("other", Exchange("other"), "other")(connection.default_channel)
        queue.declare()
        connection.Producer().publish({"number": 1}, exchange=queue.exchange, routing_key="other")
        assert queue.get(no_ack=True).payload == {"number": 1}
