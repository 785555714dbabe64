// Preloaded into an inference process: the call that tries `cuda` hangs it, as a broken graphics driver does.
// A listener of its own would take messages that come before the process listens, so the process's listener is wrapped.
const on = process.on;
process.on = function (name, listener) {
  if (name !== "message") return on.call(this, name, listener);
  return on.call(this, name, (message, ...rest) => {
    if (JSON.stringify(message).includes('"cuda"')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    listener.call(this, message, ...rest);
  });
};
