"""The preferences, what follows from them, the log and the diagnostics."""

import re
from pathlib import Path

import bpy
import pytest
from bl_ext.user_default.genga import diagnostics, log_file, preferences, session
from bl_ext.user_default.genga.panels import wrapped_text
from genga_client import default_home

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a-token-that-nobody-may-see"


@pytest.fixture
def chosen():
    """The add-on's preferences; put back afterwards."""
    shown = preferences.get()
    names = set(shown.bl_rna.properties.keys()) - {"rna_type", "bl_idname", "name"}
    before = {name: getattr(shown, name) for name in names}
    session.get().stop()
    yield shown
    session.get().stop()
    for name, value in before.items():
        setattr(shown, name, value)
    session.run_until(lambda: not session.get().is_busy, 30)


def test_nothing_has_to_be_set(chosen):
    settings = preferences.core_settings()
    assert (settings.location, settings.folder, settings.node, settings.home) == ("auto", None, None, None)
    assert settings.home_folder == default_home()
    assert settings.client_version == "0.1.0" and settings.at_quit == "keep_with_jobs"
    assert not settings.online_access  # as Blender is after its installation


def test_settings_follow_the_preferences(chosen, tmp_path):
    chosen.location = "remote"
    chosen.url = "  ws://127.0.0.1:1  "
    chosen.token = SECRET
    chosen.home = str(tmp_path)
    chosen.hide_prompts = True
    settings = preferences.core_settings()
    assert (settings.url, settings.token, settings.home) == ("ws://127.0.0.1:1", SECRET, tmp_path)
    assert settings.hide_prompts


def test_token_is_kept_as_a_password():
    token = preferences.get().bl_rna.properties["token"]
    assert token.subtype == "PASSWORD"


def test_core_is_started_from_the_folder_that_the_preferences_name(chosen, tmp_path):
    chosen.location, chosen.folder, chosen.home = "folder", str(ROOT), str(tmp_path / "home")
    current = session.get()
    assert bpy.ops.genga.start_core() == {"FINISHED"}
    assert session.run_until(lambda: current.state in {"connected", "refused"}, 60)
    assert current.connected and current.owns_core, current.message
    assert (tmp_path / "home" / "token").exists()
    assert bpy.ops.genga.stop_core() == {"FINISHED"}
    assert session.run_until(lambda: not current.is_busy, 30)
    assert not (tmp_path / "home" / "run" / "core.json").exists()


@pytest.mark.parametrize("hidden", [True, False])
def test_prompts_stay_out_of_files_from_the_next_job_on(chosen, connected, hidden):
    chosen.hide_prompts = hidden
    assert connected.settings_in_use == preferences.core_settings()  # no need to connect again
    files = []
    params = {"bundle": "tiny-random-sd", "prompt": "a secret garden", "width": 64, "height": 64}
    ticket = session.get().submit(
        session.Submission(task="image", title="x", make_params=lambda client: params, on_done=files.extend)
    )
    assert session.run_until(lambda: ticket.ended, 90)
    assert ticket.state == "succeeded", ticket.error
    assert (b"secret garden" in files[0].bytes) is not hidden
    assert files[0].output.record.params["prompt"].startswith("sha256:") is hidden


def test_remote_address_needs_online_access(chosen):
    chosen.location, chosen.url, chosen.token = "remote", "wss://render.example:7860", SECRET
    bpy.ops.genga.start_core()
    assert session.run_until(lambda: session.get().state == "refused", 10)
    assert "online access is off" in session.get().message


def test_changed_settings_are_noticed_until_a_reconnect(chosen, connected):
    assert connected.settings_in_use == preferences.core_settings()
    chosen.at_quit = "keep"
    assert connected.at_quit == "keep"  # this one holds at once
    assert connected.settings_in_use == preferences.core_settings()
    chosen.node = "/usr/bin/node"
    assert connected.settings_in_use != preferences.core_settings()
    assert bpy.ops.genga.reconnect_core() == {"FINISHED"}
    assert session.run_until(lambda: connected.connected, 30)
    assert connected.settings_in_use == preferences.core_settings()


def test_test_button_says_what_answers(chosen, connected, capsys):
    assert bpy.ops.genga.test_core() == {"FINISHED"}
    assert session.run_until(lambda: not connected.is_busy, 20)
    assert "The core answers within" in (said := capsys.readouterr().out) and re.search(r"\d+ models", said)


def test_test_button_says_why_nothing_answers(chosen, tmp_path, capsys):
    chosen.home = str(tmp_path)
    bpy.ops.genga.test_core()
    assert session.run_until(lambda: session.get().state == "refused", 20)
    assert "none was ever started here" in capsys.readouterr().out


def test_output_folder_stands_beside_the_file(chosen, tmp_path):
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert preferences.output_folder() == Path.home() / "genga"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert preferences.output_folder() == tmp_path / "genga"
    chosen.output_folder = str(tmp_path / "elsewhere")
    assert preferences.output_folder() == tmp_path / "elsewhere"
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def test_bundles_are_offered_as_the_core_has_them(chosen, connected):
    assert set(preferences._bundles(chosen, bpy.context, "")) == {"starter-image", "tiny-random-sd"}
    assert preferences._bundles(chosen, bpy.context, "TINY") == ["tiny-random-sd"]
    assert preferences.default_bundle() is None
    chosen.default_bundle = "tiny-random-sd"
    assert preferences.default_bundle() == "tiny-random-sd"


def test_log_takes_what_the_level_asks_for(chosen):
    chosen.log_level = "WARNING"
    session.timer.log.info("not this line")
    session.timer.log.warning("but this one")
    chosen.log_level = "DEBUG"
    session.timer.log.debug("and this too")
    text = log_file.log_path().read_text()
    assert "not this line" not in text and "but this one" in text and "and this too" in text


def test_diagnostics_tell_all_but_secrets(chosen, connected):
    chosen.location, chosen.url, chosen.token = "remote", f"ws://{SECRET}@127.0.0.1:1", SECRET
    params = {"bundle": "no-such-bundle", "prompt": "a secret garden"}
    ticket = connected.submit(
        session.Submission(task="image", title="a secret garden", make_params=lambda client: params)
    )
    assert session.run_until(lambda: ticket.ended, 20)
    text = diagnostics.diagnostics(connected)
    assert SECRET not in text and "secret garden" not in text
    assert str(Path.home()) not in text
    for said in (
        bpy.app.version_string,
        "websockets 16.1.1",
        "starter-image",
        "BUNDLE_NOT_FOUND",
        "Node at ",
    ):
        assert said in text
    assert bpy.ops.genga.copy_diagnostics() == {"FINISHED"}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("short", ["short"]),
        ("one two three", ["one two", "three"]),
        ("averyveryverylongword", ["averyveryverylongword"]),
        ("first\nsecond", ["first", "second"]),
        ("two words ", ["two", "words"]),
        ("日本語の文章", ["日本語の", "文章"]),
        ("原画 core が動く", ["原画", "core が", "動く"]),
    ],
)
def test_long_texts_are_broken_into_lines(text, lines):
    assert wrapped_text.wrap(text, 8) == lines
