"""Runs inside the Blender under test: answers requests of the tests from a timer on the main thread.

A request is a line of JSON `{"code": ...}`: the body of a function that sees `bpy`, `time` and `STATE`,
a dict that outlives the request. The answer is a line `{"value": ...}` or `{"error": traceback}`.

`STATE["stamps"]` gets the time of each press of Pause that reaches the keymaps, `STATE["gaps"]` the
seconds between two calls of a timer that wants to run every 5 ms: how long the main thread was held;
`STATE["cpu"]` the processor time of those gaps, which a busy machine does not stretch.
`STATE["held"]` says of each gap above 0.15 s, how long it was and which line of the extension ran;
"Blender" where it was none, as while Blender draws.
"""

import json
import os
import socket
import sys
import textwrap
import threading
import time
import traceback

import bpy

STATE = {"stamps": [], "gaps": [], "cpu": [], "held": {}}


class TEST_OT_stamp(bpy.types.Operator):
    """Notes when a key press arrives where an artist's shortcut would run."""

    bl_idname = "test.stamp"
    bl_label = "Stamp"
    bl_options = {"INTERNAL"}  # noqa: RUF012  not in the history, which would be drawn anew

    def execute(self, context):
        STATE["stamps"].append(time.time())
        return {"FINISHED"}


def answer(request):
    source = "def body():\n" + textwrap.indent(textwrap.dedent(request["code"]), "    ")
    names = {"bpy": bpy, "STATE": STATE, "time": time}
    try:
        exec(source, names)
        return {"value": names["body"]()}
    except Exception:
        return {"error": traceback.format_exc()}


class Requests:
    """The connection to the tests."""

    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", int(os.environ["TEST_BLENDER_PORT"])))
        self.received = b""

    def poll(self):
        self.socket.setblocking(False)
        try:
            while chunk := self.socket.recv(65536):
                self.received += chunk
        except BlockingIOError:
            pass
        self.socket.setblocking(True)
        while b"\n" in self.received:
            line, self.received = self.received.split(b"\n", 1)
            self.socket.sendall(json.dumps(answer(json.loads(line)), default=repr).encode() + b"\n")
        return 0.01


last = time.perf_counter()
last_cpu = time.process_time()


def measure():
    global last, last_cpu
    now, cpu = time.perf_counter(), time.process_time()
    STATE["gaps"].append(now - last)
    STATE["cpu"].append(cpu - last_cpu)
    last, last_cpu = now, cpu
    return 0.005


def watch():
    """Looks where the main thread is. A call into Blender that keeps Python's lock is seen
    at the line that made it, when it returns."""
    main = threading.main_thread().ident
    while True:
        time.sleep(0.02)
        begin, held = last, time.perf_counter() - last
        frame = sys._current_frames().get(main)
        if held < 0.15:
            continue
        where = "Blender"
        while frame is not None:
            file = frame.f_code.co_filename.replace(os.sep, "/")
            if "/genga/" in file and "genga_client" not in file:
                where = f"{file.split('/genga/')[-1]}:{frame.f_lineno} {frame.f_code.co_name}"
                break
            frame = frame.f_back
        known = STATE["held"].get(str(begin), [0, "Blender"])
        STATE["held"][str(begin)] = [held, where if where != "Blender" else known[1]]


threading.Thread(target=watch, daemon=True).start()
bpy.context.preferences.view.show_splash = False
# Else every change in the sidebar draws the 3D View below it again, which takes long without a graphics card.
bpy.context.preferences.system.use_region_overlap = False
bpy.utils.register_class(TEST_OT_stamp)
keymap = bpy.context.window_manager.keyconfigs.addon.keymaps.new("Window")
keymap.keymap_items.new("test.stamp", "PAUSE", "PRESS")
bpy.app.timers.register(Requests().poll, persistent=True)
bpy.app.timers.register(measure, persistent=True)
