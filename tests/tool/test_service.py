# SPDX-License-Identifier: GPL-2.0-or-later
"""The Varlink service, from outside: what clients are answered, what is in the variable afterwards, and that no client can keep it from
answering another."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tool.varlink import OURS, ROOT, WAIT_SECONDS, Client, Failure, Service, Start

SYSTEMD = "io.systemd.FactoryReset"
VARLINK = "org.varlink.service"
MESSAGE_MAX = 16384


def mode(service: Service) -> Any:
    return service.client(1).call(f"{SYSTEMD}.GetFactoryResetMode")["mode"]


def test_it_tells_who_it_is_and_describes_every_interface(service: Service) -> None:
    client = service.client()
    info = client.call(f"{VARLINK}.GetInfo")
    assert info["interfaces"] == [VARLINK, SYSTEMD, OURS]
    for interface in info["interfaces"]:
        text = client.call(f"{VARLINK}.GetInterfaceDescription", {"interface": interface})["description"]
        assert text == (ROOT / f"reset-tool/varlink/{interface}.varlink").read_text(encoding="utf-8")


def test_every_method_described_is_there_and_no_other(service: Service) -> None:
    client = service.client()
    for interface in (VARLINK, SYSTEMD, OURS):
        text = client.call(f"{VARLINK}.GetInterfaceDescription", {"interface": interface})["description"]
        names = [line.split()[1].split("(")[0] for line in text.splitlines() if line.startswith("method ")]
        assert names
        for name in names:
            with pytest.raises(Failure) as caught:  # a parameter nobody knows: refused before anything is done
                client.call(f"{interface}.{name}", {"nobodyKnowsThis": 1})
            assert (caught.value.name, caught.value.parameters) == (f"{VARLINK}.InvalidParameter", {"parameter": "nobodyKnowsThis"})
    with pytest.raises(Failure, match="MethodNotFound"):
        client.call(f"{OURS}.Erase")
    with pytest.raises(Failure, match="InterfaceNotFound"):
        client.call("org.example.More.Ping")
    assert service.request_text() is None


def test_systemds_clients_see_a_request_come_and_go(service: Service) -> None:
    assert mode(service) == "unspecified"
    assert service.client(1).call(f"{SYSTEMD}.CanRequestFactoryReset") == {"supported": True}
    service.client().call(f"{OURS}.Request")
    assert mode(service) == "pending"
    assert service.client().call(f"{OURS}.Cancel") == {"removed": "pending", "schedule": False}
    assert mode(service) == "unspecified"
    (service.at / "run/cleanslate/boot").unlink()  # not started by our stub: nobody would act on a request
    assert service.client(1).call(f"{SYSTEMD}.CanRequestFactoryReset") == {"supported": False}
    (service.at / "sys/firmware/efi").rename(service.at / "gone")
    assert mode(service) == "unsupported"


def test_a_request_is_what_was_asked_for(service: Service) -> None:
    answer = service.client().call(f"{OURS}.Request", {"reason": "sold \u20ac", "level": "purge", "tpmClear": "try"})
    text = service.request_text()
    assert text is not None
    request = json.loads(text)
    assert (request["osReleaseId"], request["osReleaseImageId"]) == ("slate", "slate-image")
    ours = request["cleanslate"]
    assert (ours["reason"], ours["level"], ours["tpmClear"], ours["nonce"]) == ("sold \u20ac", "purge", "try", answer["nonce"])
    assert "(Varlink)" in ours["requester"]
    assert service.client().call(f"{OURS}.Status")["request"]["nonce"] == answer["nonce"]


@pytest.mark.parametrize(
    ("parameters", "error", "about"),
    [
        ({"level": "thorough"}, f"{VARLINK}.InvalidParameter", "level"),
        ({"tpmClear": 5}, f"{VARLINK}.InvalidParameter", "tpmClear"),
        ({"replace": "yes"}, f"{VARLINK}.InvalidParameter", "replace"),
        ({"reason": "x" * 2000}, f"{VARLINK}.InvalidParameter", "reason"),
        ({"reason": "x" * 256}, f"{OURS}.UnusableReason", "at most 255"),
    ],
)
def test_a_bad_parameter_is_refused_and_nothing_is_written(
    service: Service, parameters: dict[str, Any], error: str, about: str
) -> None:
    with pytest.raises(Failure) as caught:
        service.client().call(f"{OURS}.Request", parameters)
    assert caught.value.name == error
    assert about in "".join(caught.value.parameters.values())
    assert service.request_text() is None


def test_the_journal_is_told_in_fields_that_nobody_can_forge(service: Service) -> None:
    reason = "sold\nMESSAGE_ID=0000\nPRIORITY\n0"
    answer = service.client().call(f"{OURS}.Request", {"reason": reason, "level": "clear"})
    entry = service.journal.entry()
    assert (entry["CLEANSLATE_NONCE"], entry["CLEANSLATE_LEVEL"], entry["CLEANSLATE_REASON"]) == (answer["nonce"], "clear", reason)
    assert entry["PRIORITY"] == "5" and "(Varlink)" in entry["MESSAGE"] and "(Varlink)" in entry["CLEANSLATE_REQUESTER"]
    service.client().call(f"{OURS}.Cancel")
    taken_back = service.journal.entry()
    assert taken_back["CLEANSLATE_NONCE"] == answer["nonce"] and "cancelled by" in taken_back["MESSAGE"]
    assert entry["MESSAGE_ID"] != taken_back["MESSAGE_ID"]
    header = (ROOT / "reset-tool/announcement.h").read_text(encoding="utf-8")
    explained = set(re.findall(r'^#define MESSAGE_ID_[A-Z_]+ +"([0-9a-f]{32})"$', header, re.M))
    assert explained > {entry["MESSAGE_ID"], taken_back["MESSAGE_ID"]}
    for catalog in ("cleanslate.catalog", "cleanslate.de.catalog"):
        text = (ROOT / "reset-tool/catalog" / catalog).read_text(encoding="utf-8")
        assert set(re.findall(r"^-- ([0-9a-f]{32})$", text, re.M)) == explained, catalog


def test_the_catalogs_are_ones_that_journalctl_takes(tmp_path: Path) -> None:
    at = tmp_path / "usr/lib/systemd/catalog"
    at.mkdir(parents=True)
    (tmp_path / "var/lib/systemd/catalog").mkdir(parents=True)
    for catalog in (ROOT / "reset-tool/catalog").iterdir():
        (at / catalog.name).write_bytes(catalog.read_bytes())
    subprocess.run(["journalctl", f"--root={tmp_path}", "--update-catalog"], check=True)
    listed = subprocess.run(["journalctl", f"--root={tmp_path}", "--list-catalog"], check=True, capture_output=True, text=True).stdout
    assert len(listed.splitlines()) == 3 and "A factory reset was asked for" in listed


def failure(client: Client, method: str, parameters: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Failure) as caught:
        client.call(f"{OURS}.{method}", parameters)
    return caught.value.name, caught.value.parameters


def test_no_reset_that_would_fail_is_asked_for_unless_forced(service: Service) -> None:
    service.inspector.answers["preflight"] = b"failed\nThe disk is read-only.\nThe TPM is dead. -> Get another."
    client = service.client()
    name, parameters = failure(client, "Request", {"level": "clear", "tpmClear": "try"})
    assert name == f"{OURS}.PreflightFailed"
    assert parameters == {"message": "The disk is read-only.\nThe TPM is dead. -> Get another."}
    assert service.inspector.questions == ["preflight clear try"]
    assert service.request_text() is None
    client.call(f"{OURS}.Request", {"force": True, "reason": "all the same"})
    assert service.inspector.questions[1:] == ["preflight - -"]
    text = service.request_text()
    assert text is not None and json.loads(text)["cleanslate"]["reason"] == "all the same"


def test_nobody_can_force_less_than_the_policy(service: Service) -> None:
    service.inspector.answers["preflight"] = b"disallowed\nThe policy says tpm-clear=required."
    asked = {"tpmClear": "skip", "force": True}
    assert failure(service.client(), "Request", asked) == (f"{OURS}.NotAllowed", {"message": "The policy says tpm-clear=required."})
    assert service.request_text() is None


@pytest.mark.parametrize("answer", [b"", b"o", b"ok", b"nonsense\n", b"error\n", b"\0\n"])
def test_an_inspection_without_an_answer_is_a_failed_one(service: Service, answer: bytes) -> None:
    service.inspector.answers["preflight"] = answer
    name, parameters = failure(service.client(), "Request")
    assert name == f"{OURS}.PreflightFailed" and "journalctl" in parameters["message"]
    assert service.request_text() is None


def test_without_an_inspector_nothing_is_asked_for(service: Service) -> None:
    service.inspector.stop()
    client = service.client()
    name, parameters = failure(client, "Request")
    assert name == f"{OURS}.PreflightFailed" and "systemctl start cleanslate-inspect.socket" in parameters["message"]
    assert failure(client, "Plan")[0] == failure(client, "Doctor")[0] == f"{OURS}.NotAvailable"
    assert service.request_text() is None


def test_plan_and_doctor_answer_what_the_inspector_says(service: Service) -> None:
    service.inspector.answers |= {"plan": b'failed\n{"refused":["level"]}', "doctor": b'ok\n{"checks":[]}'}
    client = service.client()
    assert client.call(f"{OURS}.Plan", {"level": "purge"}) == {"plan": {"refused": ["level"]}}
    assert client.call(f"{OURS}.Doctor") == {"checkup": {"checks": []}}
    assert service.inspector.questions == ["plan purge -", "doctor - -"]
    assert failure(client, "Plan", {"level": "thorough"}) == (f"{VARLINK}.InvalidParameter", {"parameter": "level"})


def test_the_real_inspector_says_what_it_lacks(service: Service) -> None:
    """Here it is neither root nor on an EFI machine; in the right place it is in tests/qemu/test_service.py."""
    service.inspector.real = True
    name, parameters = failure(service.client(), "Plan")
    assert name == f"{OURS}.NotAvailable" and "EFI" in parameters["message"]


def test_an_inspector_that_hangs_holds_up_nobody_else_and_is_left_with_its_client(service: Service) -> None:
    del service.inspector.answers["preflight"]
    client = service.client()
    client.send(f"{OURS}.Request", {"reason": "waits"})
    assert service.client().call(f"{OURS}.Status")["request"]["state"] == "absent"
    client.socket.close()
    while not service.inspector.waiting:
        assert service.client().call(f"{OURS}.Status")["request"]["state"] == "absent"
    (connection,) = service.inspector.waiting
    connection.settimeout(WAIT_SECONDS)
    assert connection.recv(1) == b"", "the service still waits for an answer that nobody wants"
    assert service.request_text() is None


def test_of_two_who_request_at_once_one_is_told_of_the_other(service: Service) -> None:
    clients = [service.client(), service.client()]
    barrier = threading.Barrier(2)

    def ask(client: Client, reason: str) -> None:
        barrier.wait()
        client.send(f"{OURS}.Request", {"reason": reason})

    threads = [threading.Thread(target=ask, args=pair) for pair in zip(clients, ("first", "second"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    replies = [client.receive() for client in clients]
    won, lost = sorted(replies, key=lambda reply: "error" in reply)
    text = service.request_text()
    assert text is not None
    stored = json.loads(text)["cleanslate"]
    assert "error" not in won and won["parameters"]["nonce"] == stored["nonce"]
    assert lost["error"] == f"{OURS}.AlreadyRequested"
    assert (lost["parameters"]["nonce"], lost["parameters"]["reason"]) == (stored["nonce"], stored["reason"])
    again = service.client().call(f"{OURS}.Request", {"replace": True})
    assert again["replaced"] == "pending" and again["nonce"] != stored["nonce"]


def test_more_status_tells_of_every_change_until_the_client_goes(service: Service) -> None:
    watcher = service.client()
    watcher.send(f"{OURS}.Status", more=True)
    first = watcher.receive()
    assert first["continues"] is True and first["parameters"]["request"]["state"] == "absent"
    nonce = service.client().call(f"{OURS}.Request")["nonce"]
    second = watcher.receive()
    assert second["continues"] is True and second["parameters"]["request"]["nonce"] == nonce
    service.client().call(f"{OURS}.Cancel")
    assert watcher.receive()["parameters"]["request"]["state"] == "absent"
    watcher.socket.close()
    assert service.client().call(f"{OURS}.Status")["request"]["state"] == "absent"


def test_a_time_is_set_put_into_systemds_hands_and_taken_back(service: Service) -> None:
    due = int(time.time()) + 3600
    asked = {"dueAt": due, "reason": "to be sold", "level": "purge"}
    assert service.client().call(f"{OURS}.Schedule", asked) == {"dueAt": due}
    schedule = service.schedule()
    assert schedule is not None
    assert (schedule["dueAt"], schedule["reason"], schedule["level"]) == (due, "to be sold", "purge")
    assert "(Varlink)" in schedule["requester"] and service.request_text() is None
    assert service.inspector.questions == ["preflight purge -"]
    assert (service.at / "run/systemd/system/cleanslate-schedule.timer").exists()
    assert "cleanslate-schedule.timer" in (service.at / "systemctl.log").read_text(encoding="ascii")
    assert service.client().call(f"{OURS}.Status")["schedule"]["dueAt"] == due
    name, parameters = failure(service.client(), "Schedule", {"dueAt": due + 60})
    assert (name, parameters["reason"]) == (f"{OURS}.AlreadyScheduled", "to be sold")
    assert service.client().call(f"{OURS}.Schedule", {"dueAt": due + 60, "replace": True}) == {"dueAt": due + 60}
    assert service.client().call(f"{OURS}.Cancel") == {"removed": "absent", "schedule": True}
    assert service.schedule() is None
    assert not (service.at / "run/systemd/system/cleanslate-schedule.timer").exists()


# Every member that Request takes, what its request holds of it, and what the schedule does. Those that decide about the call alone hold
# nothing in a request.
MEMBERS: dict[str, tuple[Any, tuple[str, Any] | None, tuple[str, Any] | None]] = {
    "reason": ("sold", ("reason", "sold"), ("reason", "sold")),
    "level": ("purge", ("level", "purge"), ("level", "purge")),
    "tpmClear": ("required", ("tpmClear", "required"), ("tpmClear", "required")),
    "keep": (["/var/lib/device"], ("keep", True), ("keep", "/var/lib/device\n")),
    "force": (True, None, ("force", True)),
    "replace": (True, None, None),
}


def test_the_interface_names_every_result_that_a_record_may_have() -> None:
    """A client that checks types refuses an answer with another."""
    interface = (ROOT / f"reset-tool/varlink/{OURS}.varlink").read_text(encoding="utf-8")
    history = (ROOT / "reset-tool/history.c").read_text(encoding="utf-8")
    body = re.search(r"^const char \*history_result\(.*?^}", history, re.S | re.M)
    named = re.search(r"result: \(([a-z, ]+)\)", interface)
    assert body and named
    results = set(re.findall(r'"([a-z]+)"', body[0]))
    assert {"complete", "built"} <= results
    assert results == set(named[1].split(", "))


def members_of(method: str) -> set[str]:
    text = (ROOT / f"reset-tool/varlink/{OURS}.varlink").read_text(encoding="utf-8")
    found = re.search(rf"^method {method}\(([^)]*)\)", text, re.M)
    assert found is not None
    return {member.partition(":")[0].strip() for member in found[1].split(", ")}


def test_the_table_has_every_member_that_request_and_schedule_take() -> None:
    assert members_of("Request") == set(MEMBERS)
    assert members_of("Schedule") == {*MEMBERS, "dueAt"}


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_of_request_is_one_of_schedule_and_neither_loses_it(service: Service, member: str) -> None:
    value, requested, scheduled = MEMBERS[member]
    service.client().call(f"{OURS}.Schedule", {"dueAt": int(time.time()) + 3600, member: value})
    schedule = service.schedule()
    assert schedule is not None
    assert scheduled is None or schedule.get(scheduled[0]) == scheduled[1]
    service.client().call(f"{OURS}.Request", {member: value})
    text = service.request_text()
    assert text is not None
    assert requested is None or json.loads(text)["cleanslate"].get(requested[0]) == requested[1]


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({}, f"{VARLINK}.InvalidParameter"),
        ({"dueAt": None}, f"{VARLINK}.InvalidParameter"),
        ({"dueAt": "tomorrow"}, f"{VARLINK}.InvalidParameter"),
        ({"dueAt": -5}, f"{VARLINK}.InvalidParameter"),
        ({"dueAt": 1}, f"{OURS}.NotAvailable"),
        ({"dueAt": 253402300799}, f"{OURS}.NotAvailable"),
    ],
)
def test_a_time_that_is_none_is_refused(service: Service, parameters: dict[str, Any], error: str) -> None:
    assert failure(service.client(), "Schedule", parameters)[0] == error
    assert service.schedule() is None


def test_no_time_is_set_for_a_reset_that_would_fail(service: Service) -> None:
    service.inspector.answers["preflight"] = b"failed\nNo TPM.\n"
    asked = {"dueAt": int(time.time()) + 3600}
    assert failure(service.client(), "Schedule", asked)[0] == f"{OURS}.PreflightFailed"
    assert service.schedule() is None
    assert service.client().call(f"{OURS}.Schedule", {**asked, "force": True}) == {"dueAt": asked["dueAt"]}


NO_NONCE = "0" * 32
KEEP = ["/var/lib/device", "/etc/device.conf"]


def both_ways() -> list[tuple[str, dict[str, Any]]]:
    return [("Request", {}), ("Schedule", {"dueAt": int(time.time()) + 3600})]


def stored(service: Service) -> dict[str, Any]:
    text = service.request_text()
    assert text is not None
    request = json.loads(text)["cleanslate"]
    assert isinstance(request, dict)
    return request


def await_questions(service: Service, count: int) -> list[str]:
    """The keeper's, which nobody waits for when it is told to withdraw."""
    end = time.monotonic() + WAIT_SECONDS
    while len(service.keeper.questions) < count:
        assert time.monotonic() < end, service.keeper.questions
        time.sleep(0.01)
    return service.keeper.questions


def test_what_is_to_be_kept_is_handed_over_for_this_very_request(service: Service) -> None:
    nonce = service.client().call(f"{OURS}.Request", {"keep": KEEP})["nonce"]
    assert (stored(service)["nonce"], stored(service)["keep"]) == (nonce, True)
    assert service.inspector.questions == ["preflight - -"]
    assert service.keeper.questions == [f"hand-over {nonce}\n/var/lib/device\n/etc/device.conf"] and nonce != NO_NONCE
    another = service.client().call(f"{OURS}.Request", {"keep": KEEP[:1], "replace": True})["nonce"]
    assert service.keeper.questions[1:] == [f"hand-over {another}\n/var/lib/device"] and another != nonce


def test_a_request_that_keeps_nothing_leaves_no_bundle(service: Service) -> None:
    client = service.client()
    client.call(f"{OURS}.Request", {"keep": []})
    assert service.keeper.questions == [] and not stored(service).get("keep")
    client.call(f"{OURS}.Request", {"keep": KEEP, "replace": True})
    client.call(f"{OURS}.Request", {"replace": True})
    assert await_questions(service, 2)[1] == f"withdraw {NO_NONCE}"
    client.call(f"{OURS}.Request", {"keep": KEEP, "replace": True})
    client.call(f"{OURS}.Cancel")
    assert await_questions(service, 4)[3] == f"withdraw {NO_NONCE}"


def test_what_cannot_be_kept_stops_the_request_even_with_force(service: Service) -> None:
    service.keeper.answers = {name: b"disallowed\n/etc/shadow cannot be kept." for name in ("judge", "hand_over")}
    for method, more in both_ways():
        asked = {"keep": ["/etc/shadow"], "force": True, **more}
        assert failure(service.client(), method, asked) == (f"{OURS}.NotKept", {"message": "/etc/shadow cannot be kept."})
    assert service.request_text() is None and service.schedule() is None


def test_a_keeper_that_gives_no_answer_stops_the_request(service: Service) -> None:
    service.keeper.answers = {"hand_over": b""}
    name, parameters = failure(service.client(), "Request", {"keep": KEEP})
    assert name == f"{OURS}.NotAvailable" and "journalctl -u 'cleanslate-keep@*'" in parameters["message"]
    service.keeper.stop()
    name, parameters = failure(service.client(), "Request", {"keep": KEEP})
    assert name == f"{OURS}.NotAvailable" and "systemctl start cleanslate-keep.socket" in parameters["message"]
    assert service.request_text() is None


def test_the_real_keeper_says_what_it_lacks(service: Service) -> None:
    """Here it is not on an EFI machine; in the right place it is in tests/qemu/test_keep.py."""
    service.keeper.real = True
    name, parameters = failure(service.client(), "Request", {"keep": KEEP})
    assert name == f"{OURS}.NotAvailable" and "EFI" in parameters["message"]
    assert service.request_text() is None


def test_the_bundle_of_a_request_that_is_there_is_not_replaced(service: Service) -> None:
    nonce = service.client().call(f"{OURS}.Request", {"keep": KEEP})["nonce"]
    assert failure(service.client(), "Request", {"keep": KEEP})[0] == f"{OURS}.AlreadyRequested"
    assert len(service.keeper.questions) == 1 and stored(service)["nonce"] == nonce


def test_of_two_who_hand_over_at_once_the_second_is_told_to_wait(service: Service) -> None:
    del service.keeper.answers["hand_over"]
    first = service.client()
    first.send(f"{OURS}.Request", {"keep": KEEP})
    await_questions(service, 1)
    name, parameters = failure(service.client(), "Request", {"keep": KEEP})
    assert name == f"{OURS}.NotAvailable" and "Try again" in parameters["message"]
    (connection,) = service.keeper.waiting
    connection.sendall(b"ok\n")
    connection.close()
    assert first.parameters()["nonce"] == stored(service)["nonce"]
    assert failure(service.client(), "Request", {"keep": KEEP})[0] == f"{OURS}.AlreadyRequested"
    assert len(service.keeper.questions) == 1


def test_what_a_time_is_set_for_is_judged_now_and_read_then(service: Service) -> None:
    asked = {"dueAt": int(time.time()) + 3600, "keep": KEEP}
    service.client().call(f"{OURS}.Schedule", asked)
    assert service.keeper.questions == [f"judge {NO_NONCE}\n/var/lib/device\n/etc/device.conf"]
    assert service.client().call(f"{OURS}.Status")["schedule"]["keep"] == KEEP
    assert service.request_text() is None


@pytest.mark.parametrize("keep", ["/etc", [1], [""], [["/etc"]], ["/a\n/b"], ["/a\u0000"], ["/a"] * 17, ["/" + "a" * 1023], [None]])
def test_what_is_no_list_of_paths_is_refused(service: Service, keep: Any) -> None:
    for method, more in both_ways():
        asked = {"keep": keep, **more}
        assert failure(service.client(), method, asked) == (f"{VARLINK}.InvalidParameter", {"parameter": "keep"})
    assert service.keeper.questions == [] and service.request_text() is None and service.schedule() is None


def test_a_watcher_is_told_of_a_time(service: Service) -> None:
    watcher = service.client()
    watcher.send(f"{OURS}.Status", more=True)
    assert watcher.receive()["parameters"]["schedule"] is None
    due = int(time.time()) + 3600
    service.client().call(f"{OURS}.Schedule", {"dueAt": due})
    assert watcher.receive()["parameters"]["schedule"]["dueAt"] == due
    service.client().call(f"{OURS}.Cancel")
    assert watcher.receive()["parameters"]["schedule"] is None


def test_oneway_is_done_and_not_answered(service: Service) -> None:
    client = service.client()
    client.send(f"{OURS}.Request", {"reason": "silent"}, oneway=True)
    assert client.call(f"{OURS}.Status")["request"]["reason"] == "silent"


def test_half_open_and_half_sent_clients_keep_nobody_waiting(start: Start) -> None:
    service = start("--timeout=1", "--idle=3600")
    half = service.client()
    half.socket.sendall(b'{"method":"org.varlink')
    silent = service.client()
    done = service.client()
    done.send(f"{VARLINK}.GetInfo")
    done.socket.shutdown(socket.SHUT_WR)
    assert done.receive()["parameters"]["product"] == "cleanslated"
    assert done.is_hung_up()
    assert service.client().call(f"{VARLINK}.GetInfo")
    assert half.is_hung_up(), "half a message is waited for without end"
    silent.call(f"{VARLINK}.GetInfo")  # saying nothing is no offence yet


def test_a_client_that_does_not_read_costs_one_reply_and_is_dropped(start: Start) -> None:
    service = start("--timeout=1", "--idle=3600")
    deaf = service.client()
    deaf.socket.setblocking(False)
    call = json.dumps({"method": f"{VARLINK}.GetInterfaceDescription", "parameters": {"interface": OURS}}).encode() + b"\0"
    with pytest.raises((BlockingIOError, BrokenPipeError, ConnectionResetError)):
        for _ in range(100000):
            deaf.socket.sendall(call)
    assert service.client().call(f"{VARLINK}.GetInfo")
    memory = Path(f"/proc/{service.process.pid}/status").read_text(encoding="ascii")
    resident = next(int(line.split()[1]) for line in memory.splitlines() if line.startswith("VmRSS"))
    assert resident < 16 * 1024
    hang_up = select.poll()  # without reading, which would help
    hang_up.register(deaf.socket, 0)
    assert hang_up.poll(WAIT_SECONDS * 1000), "a client that takes no reply is waited for without end"


@pytest.mark.parametrize(
    "message",
    [b"x" * MESSAGE_MAX, b"hello\0", b"\0", b'{"method":"NoInterface"}\0', b'{"method":"a.b","parameters":[]}\0', b'{"method":"a.b","more":1}\0'],
    ids=["huge", "no-json", "empty", "no-interface", "parameters-array", "more-number"],
)
def test_who_does_not_speak_varlink_is_hung_up_on(service: Service, message: bytes) -> None:
    client = service.client()
    client.socket.sendall(message)
    assert client.is_hung_up()
    assert service.client().call(f"{VARLINK}.GetInfo")


def test_the_largest_message_is_taken(service: Service) -> None:
    client = service.client()
    head = b'{"method":"org.varlink.service.GetInfo","pad":"'
    client.socket.sendall(head + b"x" * (MESSAGE_MAX - len(head) - 3) + b'"}\0')
    assert client.parameters()["product"] == "cleanslated"


def test_it_ends_by_itself_when_idle_and_not_before(start: Start) -> None:
    service = start("--idle=1")
    watcher = service.client()
    watcher.send(f"{OURS}.Status", more=True)
    watcher.receive()
    silent = service.client()
    assert silent.is_hung_up()  # a second has passed without a call
    assert service.process.poll() is None, "it has left a watcher behind"
    watcher.socket.close()
    assert service.process.wait(WAIT_SECONDS) == 0


def test_the_records_on_the_esp_are_listed_newest_first(service: Service) -> None:
    with pytest.raises(Failure) as caught:
        service.client().call(f"{OURS}.ListRecords")
    assert caught.value.name == f"{OURS}.NotAvailable" and "EFI system partition" in caught.value.parameters["message"]
    at = service.at / "efi/EFI/cleanslate/records"
    at.mkdir(parents=True)
    corpus = ROOT / "tests/fuzz/corpus/record-summary"
    (at / "one.json").write_bytes((corpus / "complete").read_bytes())
    (at / "none.json").write_bytes(b"not a record")
    answer = service.client().call(f"{OURS}.ListRecords")
    assert [(record["name"], record["result"]) for record in answer["records"]] == [("one.json", "complete")]


def test_a_record_is_answered_byte_for_byte_and_nothing_else_is_read(service: Service) -> None:
    at = service.at / "efi/EFI/cleanslate/records"
    at.mkdir(parents=True)
    text = (ROOT / "tests/fuzz/corpus/record-summary/complete").read_bytes()
    (at / "one.json").write_bytes(text)
    (at / "binary.json").write_bytes(text + b"\xff")
    (service.at / "secret.json").write_bytes(text)
    client = service.client()
    answer = client.call(f"{OURS}.GetRecord", {"name": "one.json"})
    assert (answer["name"], answer["record"].encode(), answer["signature"]) == ("one.json", text, None)
    assert answer["verdict"] == "unsigned"
    (at / "one.sig").write_text("no signature", encoding="utf-8")
    again = client.call(f"{OURS}.GetRecord", {"name": "one.json"})
    assert again["signature"] == "no signature" and again["verdict"] not in ("verified", "unsigned")
    for name in ("on.json", "two.json", "one.json.json"):
        assert failure(client, "GetRecord", {"name": name})[0] == f"{OURS}.NoSuchRecord", name
    for name in ("", "one", "../../../../secret.json", str(service.at / "secret.json")):
        assert failure(client, "GetRecord", {"name": name}) == (f"{VARLINK}.InvalidParameter", {"parameter": "name"}), name
    assert failure(client, "GetRecord", {"name": "binary.json"})[0] == f"{OURS}.NotAvailable"


AS_NOBODY = """
import os, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
from pathlib import Path
from tests.tool.varlink import Client, Failure
for method in sys.argv[2:]:
    try:
        print("ok", sorted(Client(Path(sys.argv[1])).call(method, allowInteractiveAuthentication=True)))
    except Failure as failure:
        print(failure.name, failure.parameters.get("action"), failure.parameters.get("message"))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_others_may_look_but_not_touch_where_there_is_no_polkit(service: Service) -> None:
    service.client().call(f"{OURS}.Request", {"reason": "kept"})
    methods = [f"{OURS}.{name}" for name in ("Status", "Request", "Cancel", "ListRecords")]
    output = as_nobody(service, *methods)
    assert output[0].startswith("ok")
    for line, action in zip(output[1:], ("request", "cancel", "records")):
        assert line.startswith(f"{OURS}.NotAuthorized io.cleanslate.factoryreset.{action} Only root may do this"), line
    assert service.client().call(f"{OURS}.Status")["request"]["reason"] == "kept"


Tell = Callable[..., "str | None"]  # what it answers; None: nobody is there


@pytest.fixture
def polkit(service: Service) -> Iterator[Tell]:
    """A bus with a polkit that refuses everything until it is told otherwise: tell("AllowUnknown", "b", "true")."""
    address = f"unix:path={service.at}/bus"
    at = ["org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.DBus.Mock"]

    def tell(*words: str) -> str | None:
        command = ["busctl", f"--address={address}", "call", *at, *words]
        run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=WAIT_SECONDS)
        return run.stdout if run.returncode == 0 else None

    daemon = ["dbus-daemon", "--session", f"--address={address}", "--nofork", "--print-address"]
    with subprocess.Popen(daemon, stdout=subprocess.PIPE) as bus:
        assert bus.stdout is not None and bus.stdout.readline()
        environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address}
        mock = [sys.executable, "-m", "dbusmock", "--template", "polkitd"]
        with subprocess.Popen(mock, env=environment, stdout=subprocess.DEVNULL) as process:
            while tell("AllowUnknown", "b", "false") is None:
                assert process.poll() is None, "there is no polkit"
            yield tell
            process.terminate()
        bus.terminate()


def as_nobody(service: Service, *methods: str) -> list[str]:
    command = [sys.executable, "-c", AS_NOBODY, str(service.paths[0]), *methods]
    run = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=WAIT_SECONDS)
    return run.stdout.splitlines()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_polkit_decides_for_others_per_action(service: Service, polkit: Tell) -> None:
    refused = as_nobody(service, f"{OURS}.Request", f"{OURS}.Cancel")
    assert [line.split()[0] for line in refused] == [f"{OURS}.NotAuthorized"] * 2
    assert all("polkit does not allow it" in line for line in refused)
    assert service.request_text() is None
    assert polkit("SetAllowed", "as", "1", "io.cleanslate.factoryreset.request") is not None
    allowed = as_nobody(service, f"{OURS}.Request", f"{OURS}.Cancel")
    assert allowed[0] == "ok ['nonce', 'replaced']" and allowed[1].startswith(f"{OURS}.NotAuthorized")
    assert service.client().call(f"{OURS}.Status")["request"]["requester"] == "nobody (Varlink)"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_polkit_that_never_answers_holds_up_nobody_else(service: Service, polkit: Tell) -> None:
    assert polkit("SimulateHang", "b", "true") is not None
    command = [sys.executable, "-c", AS_NOBODY, str(service.paths[0]), f"{OURS}.Request"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as waiting:
        while polkit("HaveHangingCalls") != "b true\n":
            assert waiting.poll() is None, "polkit was not asked"
        assert service.client().call(f"{OURS}.Status")["request"]["state"] == "absent"
        assert waiting.poll() is None
        waiting.kill()
    assert service.client().call(f"{OURS}.Request")["replaced"] == "absent"  # nobody's own was forgotten with its client


# Takes places as other users, as many as it is given, and keeps them until its input ends.
HOG = """
import os, sys
os.setgroups([]); os.setgid(65534); os.setuid(int(sys.argv[2]))
from pathlib import Path
from tests.tool.varlink import Client
clients = [Client(Path(sys.argv[1])) for _ in range(60)]
answered = 0
for client in clients:
    try:
        client.call("org.varlink.service.GetInfo")
        answered += 1
    except (ConnectionError, BrokenPipeError):
        pass
print(answered, flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def crowd(service: Service, users: int) -> Iterator[list[int]]:
    """How many places each of so many users got, one user after the other."""
    processes: list[subprocess.Popen[str]] = []
    places: list[int] = []
    try:
        for user in range(users):
            command = [sys.executable, "-c", HOG, str(service.paths[0]), str(60000 + user)]
            processes.append(subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            output = processes[-1].stdout
            assert output is not None
            places.append(int(output.readline()))
        yield places
    finally:
        for process in processes:
            process.communicate()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_one_user_cannot_take_all_places(service: Service) -> None:
    with crowd(service, 1) as places:
        assert places == [16]
        assert service.client().call(f"{VARLINK}.GetInfo")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_no_number_of_users_takes_roots_places(service: Service) -> None:
    """And who comes late finds one as long as there are any: not those who came first have them all."""
    with crowd(service, 9) as places:
        assert sum(places) == 48 and places[:2] == [16, 16] and all(place > 0 for place in places[:6]), places
        roots = [service.client() for _ in range(16)]
        assert all(client.call(f"{VARLINK}.GetInfo") for client in roots)
        service.client(1).socket.close()
    assert service.client().call(f"{OURS}.Status")["request"]["state"] == "absent"
