"""The session against real cores: jobs, faults, and what becomes of both when something ends."""

import gc
import hashlib
import os
import signal
import stat
import threading
import time
import weakref
from contextlib import contextmanager
from pathlib import Path

import bpy
import pytest
from bl_ext.user_default.genga import session as sessions
from bl_ext.user_default.genga.core_settings import CoreSettings, is_loopback
from bl_ext.user_default.genga.session import Session, Submission, find_program, steps, timer
from genga_client import GengaError, connect

ROOT = Path(__file__).resolve().parents[2]
TINY = {"bundle": "tiny-random-sd", "width": 64, "height": 64, "seed": 1}
LONG_STEPS = 400
"""Steps of a job that is still running when something happens to it: about ten seconds."""


class Heard:
    """What a submission's callbacks were called with."""

    def __init__(self):
        self.events, self.files, self.errors, self.threads = [], None, [], set()

    def submission(self, **changes):
        params = TINY | {"prompt": "a house", "num_inference_steps": 4} | changes.pop("params", {})
        return Submission(
            **{
                "task": "image",
                "make_params": lambda client: params,
                "title": "a house",
                "on_event": self._event,
                "on_done": self._done,
                "on_error": self.errors.append,
            }
            | changes
        )

    def _event(self, event):
        self.threads.add(threading.current_thread())
        self.events.append(event)

    def _done(self, files):
        self.threads.add(threading.current_thread())
        self.files = files


@contextmanager
def session_with(settings, **options):
    """A session of its own beside the add-on's; ended with what it started."""
    one = Session(lambda: settings, **options)
    try:
        yield one
    finally:
        one.stop()
        one.run_until(lambda: one._workers.under_way == 0, 30)
        one.close()


def open_session(one, timeout_s=60):
    one.start()
    assert one.run_until(lambda: one.state in {"connected", "refused"}, timeout_s), one.message
    return one.state


def from_folder(home, **changes):
    return CoreSettings(location="folder", folder=ROOT, home=home, **changes)


def long_job(one, **changes):
    """A job that has begun to denoise."""
    heard = Heard()
    ticket = one.submit(heard.submission(params={"num_inference_steps": LONG_STEPS}, **changes))
    assert one.run_until(lambda: ticket.step > 0 or ticket.ended, 60)
    assert not ticket.ended, ticket.error
    return ticket, heard


# Jobs


def test_job_comes_back_as_signed_file_on_the_main_thread(connected):
    heard = Heard()
    workers = []

    def make_params(client):
        workers.append(threading.current_thread())
        return TINY | {"prompt": "a house", "num_inference_steps": 4}

    ticket = connected.submit(heard.submission(make_params=make_params))
    assert connected.run_until(lambda: ticket.ended, 60)
    assert (ticket.state, ticket.error, heard.errors) == ("succeeded", None, [])
    assert workers and workers[0] is not threading.main_thread()
    assert heard.threads == {threading.main_thread()}
    (file,) = heard.files
    assert hashlib.sha256(file.bytes).hexdigest() == file.asset.sha256
    assert file.bytes.startswith(b"\x89PNG") and b"c2pa" in file.bytes
    assert (file.output.width, file.output.height, file.output.seed) == (64, 64, 1)
    progress = [event.progress for event in heard.events if event.type == "progress"]
    assert progress == sorted(progress) and ticket.progress == 1.0
    assert {event.job_id for event in heard.events} == {ticket.job_id}


def test_previews_come_while_it_runs(connected):
    heard = Heard()
    # Enough steps for the job not to have ended before it is followed.
    params = {"num_inference_steps": 40, "preview": {"every_steps": 1, "max_size": 64}}
    ticket = connected.submit(heard.submission(params=params))
    assert connected.run_until(lambda: ticket.ended, 60)
    assert ticket.state == "succeeded" and ticket.preview is not None and len(ticket.preview.bytes) > 100


def test_refused_request_says_why_and_leaves_nothing_open(connected):
    heard = Heard()
    ticket = connected.submit(heard.submission(params={"bundle": "no-such-bundle"}))
    assert connected.run_until(lambda: ticket.ended, 30)
    assert ticket.state == "failed" and ticket.error.code == "BUNDLE_NOT_FOUND"
    assert heard.errors == [ticket.error] and heard.files is None
    assert not connected.has_open_tickets


def test_fault_in_make_params_becomes_a_coded_error(connected):
    heard = Heard()
    ticket = connected.submit(heard.submission(make_params=lambda client: {}["nothing"]))
    assert connected.run_until(lambda: ticket.ended, 30)
    assert ticket.error.code == "INTERNAL" and "KeyError" in ticket.error.message


def test_callback_that_raises_does_not_stop_the_others(connected):
    def raises(_):
        raise ValueError("a fault of a panel")

    heard = Heard()
    first = connected.submit(heard.submission(on_event=raises, on_done=raises))
    second = connected.submit(Heard().submission())
    assert connected.run_until(lambda: first.ended and second.ended, 60)
    assert (first.state, second.state) == ("succeeded", "succeeded")


def test_cancel_of_a_running_job_ends_within_a_step(connected):
    ticket, heard = long_job(connected)
    begun = time.monotonic()
    ticket.cancel()
    assert connected.run_until(lambda: ticket.ended, 20)
    assert time.monotonic() - begun < 5
    assert ticket.state == "cancelled" and ticket.error is None
    assert [error.code for error in heard.errors] == ["CANCELLED"]


def test_cancel_while_parameters_are_made_never_reaches_the_core(connected):
    release, begun, heard = threading.Event(), threading.Event(), Heard()

    def make_params(client):
        begun.set()
        release.wait(20)
        return TINY | {"prompt": "never"}

    before = connect(name="test").jobs().jobs
    ticket = connected.submit(heard.submission(make_params=make_params))
    assert connected.run_until(begun.is_set, 20)
    ticket.cancel()
    assert ticket.state == "cancelled" and [error.code for error in heard.errors] == ["CANCELLED"]
    release.set()
    assert connected.run_until(lambda: not connected.is_busy, 20)
    assert len(connect(name="test").jobs().jobs) == len(before)


def test_cancel_is_not_held_up_by_an_upload(connected):
    ticket, _ = long_job(connected)
    release = threading.Event()
    upload = connected.submit(Heard().submission(make_params=lambda client: release.wait(30) and {}))
    ticket.cancel()
    try:
        assert connected.run_until(lambda: ticket.ended, 10)
        assert not upload.ended
    finally:
        upload.cancel()
        release.set()
    assert connected.run_until(lambda: not connected.is_busy, 20)


def test_call_hands_result_and_error_to_the_main_thread(connected):
    seen = []
    connected.call(
        lambda client: client.status().policy, lambda value: seen.append((value, threading.current_thread()))
    )
    connected.call(
        lambda client: client.get_asset("0" * 64), seen.append, lambda error: seen.append(error.code)
    )
    assert connected.run_until(lambda: len(seen) == 2, 20)
    assert seen == [("open", threading.main_thread()), "ASSET_NOT_FOUND"]


def test_status_is_kept_fresh(connected):
    assert connected.run_until(lambda: connected.core_status is not None, 20)
    first = connected.core_status.uptime_s
    assert connected.run_until(lambda: connected.core_status.uptime_s > first, 20)
    assert {bundle.id for bundle in connected.welcome.capabilities.bundles} >= {
        "starter-image",
        "tiny-random-sd",
    }


def test_ended_tickets_do_not_pile_up(connected):
    for _ in range(60):
        ticket = connected.submit(Heard().submission())
        ticket.cancel()
    assert connected.run_until(lambda: not connected.is_busy, 60)
    assert sum(one.ended for one in connected.tickets) <= 51
    connected.forget(connected.tickets[-1])
    assert ticket not in connected.tickets


# The core


@pytest.mark.parametrize("succeeds", [True, False])
def test_an_ended_job_keeps_nothing_of_what_its_request_was_made_from(connected, succeeds):
    class Maps:
        params = TINY | {"prompt": "a house", "num_inference_steps": 1 if succeeds else 0}

    maps, heard = Maps(), Heard()
    held = weakref.ref(maps)
    ticket = connected.submit(heard.submission(make_params=lambda client, maps=maps: maps.params))
    del maps
    assert connected.run_until(lambda: ticket.ended, 60)
    assert ticket.state == ("succeeded" if succeeds else "failed")
    # The thread holds its latest piece of work until the next one comes.
    connected.call(lambda client: None)
    assert connected.run_until(lambda: gc.collect() >= 0 and held() is None, 10)
    assert ticket in connected.tickets


def test_starts_the_core_of_a_folder_and_stops_it_again(tmp_path):
    with session_with(from_folder(tmp_path / "home")) as one:
        assert open_session(one) == "connected" and one.owns_core
        pid = one._process.pid
        assert one.run_until(lambda: one.core_status is not None, 20)
        one.stop()
        assert one.state == "off" and not one.owns_core
        assert one.run_until(lambda: one._workers.under_way == 0, 30)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not (tmp_path / "home" / "run" / "core.json").exists()


def test_auto_starts_the_core_that_ran_here_last(tmp_path):
    home = tmp_path / "home"
    with session_with(from_folder(home)) as first:
        assert open_session(first) == "connected"
    with session_with(CoreSettings(home=home)) as second:
        assert open_session(second) == "connected" and second.owns_core


def test_auto_says_what_to_do_when_no_core_was_ever_here(tmp_path):
    with session_with(CoreSettings(home=tmp_path / "empty")) as one:
        assert open_session(one) == "refused"
        assert one.error.code == "CORE_NOT_RUNNING" and "npm run demo" in one.message
        assert not (tmp_path / "empty").exists()


def test_note_of_a_folder_that_is_gone_says_so(tmp_path):
    (tmp_path / "installed.json").write_text('{"folder": "/no/such/folder", "node": "/usr/bin/node"}')
    with session_with(CoreSettings(home=tmp_path)) as one:
        assert open_session(one) == "refused"
        assert "/no/such/folder, and that folder is gone" in one.message


def test_passive_start_starts_nothing_until_there_is_work(tmp_path):
    with session_with(from_folder(tmp_path / "home")) as one:
        one.start(launch=False)
        assert one.run_until(lambda: one.state == "off", 20)
        assert one.error is None and not one.owns_core
        one.start(launch=False)
        heard = Heard()
        ticket = one.submit(heard.submission())  # while it still looks
        assert one.run_until(lambda: ticket.ended, 60)
        assert ticket.state == "succeeded" and one.owns_core


def test_core_found_running_is_not_stopped_by_stop(start_core):
    core = start_core()
    with session_with(CoreSettings(home=core.home)) as one:
        assert open_session(one) == "connected" and not one.owns_core
        one.stop()
        assert one.run_until(lambda: one._workers.under_way == 0, 20)
    assert core.process.poll() is None


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda folder: None, "CONFIG_INVALID", "core/bin/genga.js is missing"),
        (
            lambda folder: _touch(folder / "core" / "bin" / "genga.js"),
            "CORE_NOT_RUNNING",
            "not installed or built",
        ),
    ],
)
def test_folder_that_is_no_core_says_what_is_missing(tmp_path, make, code, words):
    make(tmp_path)
    settings = CoreSettings(location="folder", folder=tmp_path, home=tmp_path / "home")
    with session_with(settings) as one:
        assert open_session(one) == "refused"
        assert one.error.code == code and words in one.message


def _touch(path):
    path.parent.mkdir(parents=True)
    path.touch()


def _program(path, text):
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#!/bin/sh\necho v18.20.4\n", "is Node 18.20.4; Genga needs 20.19 or newer"),
        ("#!/bin/sh\necho 3.11.7\n", "is no Node program that can be run"),
        (None, "is no Node program that can be run"),
    ],
)
def test_named_node_that_will_not_do_is_refused(tmp_path, text, words):
    node = tmp_path / "node"
    if text is not None:
        _program(node, text)
    with session_with(from_folder(tmp_path / "home", node=node)) as one:
        assert open_session(one) == "refused"
        assert one.error.code == "CONFIG_INVALID" and words in one.message and "nodejs.org" in one.message


def test_old_node_on_path_is_passed_over_for_a_newer_one(tmp_path, monkeypatch):
    old = _program(tmp_path / "node", "#!/bin/sh\necho v16.0.0\n")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert find_program.find_node(None) != old
    monkeypatch.setattr(find_program, "_places", lambda noted: iter([old]))
    with pytest.raises(GengaError, match=r"is Node 16\.0\.0; Genga needs 20\.19"):
        find_program.find_node(None)
    monkeypatch.setattr(find_program, "_places", lambda noted: iter([]))
    with pytest.raises(GengaError, match="was not found"):
        find_program.find_node(None)


def test_core_that_refuses_its_settings_says_it_in_its_own_words(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.json").write_text('{ "port": 99999 }')
    with session_with(from_folder(home)) as one:
        assert open_session(one) == "refused"
        assert one.error.code == "CONFIG_INVALID" and '"port"' in one.message and "99999" in one.message


def test_port_that_is_taken_is_named(tmp_path, start_core):
    taken = start_core().port
    home = tmp_path / "other"
    home.mkdir()
    (home / "config.json").write_text(f'{{ "port": {taken} }}')
    with session_with(from_folder(home)) as one:
        assert open_session(one) == "refused"
        assert str(taken) in one.message


def test_start_can_be_given_up(tmp_path):
    with session_with(from_folder(tmp_path / "home")) as one:
        one.start()
        assert one.run_until(lambda: one.state == "starting", 20)
        one.stop()
        assert one.state == "off"
        assert one.run_until(lambda: one._workers.under_way == 0, 30)
        assert one.state == "off" and not one.owns_core
    assert not (tmp_path / "home" / "run" / "core.json").exists()


def test_core_started_by_blender_is_known_again_by_the_next_one(tmp_path):
    home = tmp_path / "home"
    first = Session(lambda: from_folder(home, at_quit="keep"))
    assert open_session(first) == "connected"
    first.close()
    with session_with(CoreSettings(home=home)) as second:
        assert open_session(second) == "connected" and second.owns_core
        second.stop()
        assert second.run_until(lambda: second._workers.under_way == 0, 30)
    assert not (home / "run" / "core.json").exists()


@pytest.mark.parametrize(("at_quit", "runs"), [("stop", False), ("keep_with_jobs", False), ("keep", True)])
def test_core_without_work_at_quit(tmp_path, at_quit, runs):
    home = tmp_path / "home"
    one = Session(lambda: from_folder(home, at_quit=at_quit))
    assert open_session(one) == "connected"
    process = one._process
    one.close()
    deadline = time.monotonic() + (1 if runs else 20)
    while process.running and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.running is runs
    process.stop()


def test_core_with_a_job_goes_on_at_quit_and_the_job_is_found_again(tmp_path):
    home = tmp_path / "home"
    one = Session(lambda: from_folder(home))
    assert open_session(one) == "connected"
    ticket, _ = long_job(one)
    job_id, process = ticket.job_id, one._process
    one.close()
    assert process.running
    with session_with(CoreSettings(home=home)) as later:
        heard = Heard()
        again = later.attach(job_id, heard.submission())
        assert later.run_until(lambda: again.ended, 120)
        assert again.state == "succeeded" and len(heard.files) == 1


def test_job_that_is_not_to_be_kept_is_cancelled_at_quit(start_core):
    core = start_core()
    one = Session(lambda: CoreSettings(home=core.home))
    assert open_session(one) == "connected"
    ticket, _ = long_job(one, keep_after_restart=False)
    one.close()
    with connect(home=core.home) as client:
        events = list(client.attach(ticket.job_id).events(30))
    assert events[-1].type == "cancelled"


# Faults


def test_killed_core_of_blender_is_started_again_and_the_job_goes_on(tmp_path):
    with session_with(from_folder(tmp_path / "home")) as one:
        assert open_session(one) == "connected"
        ticket, heard = long_job(one)
        first = one._process.pid
        os.kill(first, signal.SIGKILL)
        assert one.run_until(lambda: one.state == "lost", 20)
        assert one.run_until(lambda: one.state == "connected", 60), one.message
        assert one.owns_core and one._process.pid != first
        assert one.run_until(lambda: ticket.ended, 120)
        assert ticket.state == "succeeded" and ticket.attempt == 2 and len(heard.files) == 1


def test_idle_core_that_ended_is_started_again_by_the_next_job(tmp_path):
    with session_with(from_folder(tmp_path / "home")) as one:
        assert open_session(one) == "connected"
        os.kill(one._process.pid, signal.SIGKILL)
        assert one.run_until(lambda: one.message == "The core ended unexpectedly", 20)
        assert not one.run_until(lambda: one.state != "lost", 1)  # nobody needs it
        heard = Heard()
        ticket = one.submit(heard.submission())
        assert one.run_until(lambda: ticket.ended, 90)
        assert ticket.state == "succeeded" and one.connected and one.owns_core


def test_failed_restart_says_why(tmp_path):
    home = tmp_path / "home"
    with session_with(from_folder(home)) as one:
        assert open_session(one) == "connected"
        ticket, _ = long_job(one)
        (home / "config.json").write_text('{ "port": 99999 }')
        os.kill(one._process.pid, signal.SIGKILL)
        assert one.run_until(lambda: one.error is not None, 60)
        assert one.state == "lost" and one.error.code == "CONFIG_INVALID" and "99999" in one.message
        (home / "config.json").unlink()
        one.start()
        assert one.run_until(lambda: ticket.ended, 120)
        assert ticket.state == "succeeded"


def test_core_that_crashes_again_and_again_is_given_up_in_words(tmp_path):
    with session_with(from_folder(tmp_path / "home")) as one:
        assert open_session(one) == "connected"
        ticket, _ = long_job(one)
        # The core gives up a job that it ended with; another one behind it keeps the core wanted.
        waiting = one.submit(Heard().submission(params={"num_inference_steps": LONG_STEPS}))
        assert one.run_until(lambda: waiting.job_id is not None, 20)
        for _ in range(4):
            pid = one._process.pid
            os.kill(pid, signal.SIGKILL)
            assert one.run_until(lambda: one.state == "lost", 20)
            # The client may be back before the start of the process is reported.
            assert one.run_until(
                lambda: (one.connected and not one._relaunching) or "ended 3 times" in one.message, 180
            )
        assert one.state == "lost" and "ended 3 times" in one.message and "SIGKILL" in one.message
        assert not waiting.ended
        one.start()  # a person presses Start Core
        assert one.run_until(lambda: ticket.ended, 120)
        # The core, too, gives up a job that it ended with three times.
        assert ticket.state == "failed" and ticket.error.code == "HOST_CRASHED"


def test_job_goes_on_when_somebody_elses_core_comes_back(start_core):
    core = start_core()
    with session_with(CoreSettings(home=core.home)) as one:
        assert open_session(one) == "connected"
        ticket, heard = long_job(one)
        core.kill()
        assert one.run_until(lambda: one.state == "lost", 20)
        assert not ticket.ended
        start_core(core.home)
        assert one.run_until(lambda: ticket.ended, 120)
        assert ticket.state == "succeeded" and len(heard.files) == 1


def test_job_fails_in_words_when_the_core_stays_away(start_core):
    core = start_core()
    with session_with(CoreSettings(home=core.home), patience_s=1.0) as one:
        assert open_session(one) == "connected"
        ticket, heard = long_job(one)
        core.kill()
        assert one.run_until(lambda: ticket.ended, 30)
        assert ticket.state == "failed" and [error.code for error in heard.errors] == ["CORE_NOT_RUNNING"]
        assert "did not come back within 1 s" in one.message and one.state == "refused"


def test_cancel_while_the_core_is_away_holds_when_it_comes_back(start_core):
    core = start_core()
    with session_with(CoreSettings(home=core.home)) as one:
        assert open_session(one) == "connected"
        ticket, heard = long_job(one)
        core.kill()
        assert one.run_until(lambda: one.state == "lost", 20)
        ticket.cancel()
        assert ticket.state == "cancelled" and [error.code for error in heard.errors] == ["CANCELLED"]
        start_core(core.home)
        assert one.run_until(lambda: one.connected and not one.is_busy, 60)
        with connect(home=core.home) as client:
            assert list(client.attach(ticket.job_id).events(30))[-1].type == "cancelled"


def test_stopped_session_goes_on_with_its_jobs_when_it_is_started_again(start_core):
    core = start_core()
    with session_with(CoreSettings(home=core.home)) as one:
        assert open_session(one) == "connected"
        ticket, heard = long_job(one)
        one.disconnect()
        assert one.state == "off" and ticket.state == "waiting"
        assert open_session(one) == "connected"
        assert one.run_until(lambda: ticket.ended, 120)
        assert ticket.state == "succeeded" and len(heard.files) == 1


def test_unknown_job_is_not_found(connected):
    heard = Heard()
    ticket = connected.attach("no-such-job", heard.submission())
    assert connected.run_until(lambda: ticket.ended, 20)
    assert [error.code for error in heard.errors] == ["JOB_NOT_FOUND"]


def test_wrong_token_is_refused_in_words_and_so_is_what_waited(start_core):
    core = start_core()
    settings = CoreSettings(
        location="remote", url=core.url, token="not-the-token-of-this-core", online_access=False
    )
    with session_with(settings) as one:
        heard, calls = Heard(), []
        ticket = one.submit(heard.submission())
        one.call(lambda client: None, calls.append, lambda error: calls.append(error.code))
        assert one.run_until(lambda: one.state == "refused", 20)
        assert one.error.code == "UNAUTHORIZED" and "token" in one.message
        assert ticket.state == "failed" and calls == ["UNAUTHORIZED"]
        assert [error.code for error in heard.errors] == ["UNAUTHORIZED"]


def test_right_token_reaches_a_core_by_its_address_with_online_access_off(start_core):
    core = start_core()
    token = (core.home / "token").read_text().strip()
    settings = CoreSettings(location="remote", url=core.url, token=token, online_access=False)
    with session_with(settings) as one:
        assert open_session(one) == "connected", one.message


@pytest.mark.parametrize(
    "url", ["wss://render.example:7860", "ws://203.0.113.7:7860", "ws://[2001:db8::1]:1"]
)
def test_other_machine_is_refused_while_online_access_is_off(url):
    with session_with(CoreSettings(location="remote", url=url, token="x" * 20, online_access=False)) as one:
        begun = time.monotonic()
        assert open_session(one) == "refused"
        assert time.monotonic() - begun < 2  # nothing was tried
        assert one.error.code == "CONFIG_INVALID" and "Allow Online Access" in one.error.remedy


@pytest.mark.parametrize(
    "url", ["", "render.example", "http://render.example:1", "ws://", "ws://host:99999", "ws://[::1"]
)
def test_address_that_is_none_is_refused(url):
    with session_with(CoreSettings(location="remote", url=url)) as one:
        assert open_session(one) == "refused"
        assert one.error.code == "CONFIG_INVALID" and "ws://host:port" in one.message


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("localhost.example", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("render", False),
    ],
)
def test_loopback_is_told_by_the_address_alone(host, here):
    assert is_loopback(host) is here


def test_two_sessions_hear_their_own_jobs_only(start_core):
    core = start_core()
    settings = CoreSettings(home=core.home)
    with session_with(settings) as one, session_with(settings) as other:
        assert open_session(one) == open_session(other) == "connected"
        mine, theirs = Heard(), Heard()
        tickets = [one.submit(mine.submission()), other.submit(theirs.submission())]
        assert one.run_until(lambda: other.pump() or all(ticket.ended for ticket in tickets), 60)
        assert {event.job_id for event in mine.events} == {tickets[0].job_id}
        assert {event.job_id for event in theirs.events} == {tickets[1].job_id}
        assert tickets[0].job_id != tickets[1].job_id
        assert (one.tickets, other.tickets) == ([tickets[0]], [tickets[1]])


# Blender


def test_job_goes_on_while_another_file_is_opened(connected, tmp_path):
    ticket, heard = long_job(connected)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "other.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "other.blend"))
    assert sessions.get() is connected and not ticket.ended
    assert connected.run_until(lambda: ticket.ended, 120)
    assert ticket.state == "succeeded" and len(heard.files) == 1


def test_slices_of_work_end_when_another_file_is_opened():
    errors, closed = [], []

    def work():
        try:
            while True:
                yield
        finally:
            closed.append(True)

    run = steps.run(work(), on_error=lambda error: errors.append(error.code))
    sessions.pump()
    assert not run.ended
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert run.ended and errors == ["CANCELLED"] and closed == [True]


def test_slices_of_work_end_before_an_undo_frees_what_they_hold(fresh_scene):
    errors, touched = [], []

    def work(scene):
        while True:
            touched.append(scene.name)
            yield

    bpy.ops.ed.undo_push(message="before")
    bpy.data.images.new("undone", 8, 8)
    bpy.ops.ed.undo_push(message="after")
    run = steps.run(work(bpy.context.scene), on_error=errors.append)
    sessions.pump()
    bpy.ops.ed.undo()
    assert run.ended and touched
    assert [(error.code, error.data) for error in errors] == [("CANCELLED", {"undone": True})]


def test_job_is_followed_again_after_the_add_on_was_reloaded(connected):
    ticket, heard = long_job(connected)
    bpy.ops.preferences.addon_disable(module="bl_ext.user_default.genga")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("genga")]
    bpy.ops.preferences.addon_enable(module="bl_ext.user_default.genga")
    later = sessions.get()
    assert later is not connected
    again = Heard()
    followed = later.attach(ticket.job_id, again.submission())
    assert later.run_until(lambda: followed.ended, 120)
    assert followed.state == "succeeded" and len(again.files) == 1 and heard.files is None


# Slices of work


def test_steps_give_what_the_generator_returns():
    done = []

    def work():
        yield
        yield
        return 7

    assert steps.drain(work()) == 7
    steps.run(work(), on_done=done.append)
    while steps.tick():
        pass
    assert done == [7]


def test_steps_take_turns_and_keep_to_their_time():
    order = []

    def work(name):
        for _ in range(3):
            order.append(name)
            time.sleep(0.02)
            yield

    steps.run(work("a"))
    steps.run(work("b"))
    begun = time.perf_counter()
    assert steps.tick()
    assert time.perf_counter() - begun < 0.06  # 30 ms, and the step that was under way
    while steps.tick():
        pass
    assert order == ["a", "b", "a", "b", "a", "b"]


def test_arithmetic_beside_the_window_leaves_the_main_thread_free():
    rounds, main = [], threading.get_ident()

    def work(gate):
        assert gate.wait(10) and threading.get_ident() != main
        return 7

    def long():
        gate = threading.Event()
        inner = steps.in_thread(lambda: work(gate))
        for _ in range(3):
            rounds.append(next(inner))
        gate.set()
        return (yield from inner)

    assert steps.drain(long()) == 7 and len(rounds) == 3
    with pytest.raises(ZeroDivisionError):
        steps.drain(steps.in_thread(lambda: 1 / 0))


def test_fault_of_a_step_is_a_coded_error_and_its_own_only():
    errors, done = [], []

    def fails():
        yield
        raise GengaError("INVALID_REQUEST", "There is no camera.")

    def breaks():
        yield
        raise ZeroDivisionError("x")

    def works():
        yield
        return 1

    steps.run(fails(), on_error=errors.append)
    steps.run(breaks(), on_error=errors.append)
    steps.run(works(), on_done=done.append)
    while steps.tick():
        pass
    assert [error.code for error in errors] == ["INVALID_REQUEST", "INTERNAL"] and done == [1]
    with pytest.raises(ZeroDivisionError):
        steps.drain(breaks())


def test_panels_that_are_slow_to_draw_are_drawn_more_rarely():
    assert timer.between_drawings(0.0, news=True) == timer.REDRAW_S
    assert timer.between_drawings(0.01, news=False) == timer.COUNT_S
    assert timer.between_drawings(0.15, news=True) == pytest.approx(1.5)
    assert timer.between_drawings(60.0, news=True) == timer.REDRAW_MAX_S
