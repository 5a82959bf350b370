// The worker that the machine runs in, so that the page stays live and a run
// can be ended with it. The first message has the compiled program and the
// guest's images; all others are the program's own (package wasm).
'use strict';

importScripts('wasm_exec.js');

onmessage = async (event) => {
  self.guest = event.data.guest;
  let why = '';
  try {
    const go = new Go();
    go.exit = (status) => { why = ` with status ${status}`; };
    await go.run(await WebAssembly.instantiate(event.data.module, go.importObject));
    why = `The machine's program has ended${why}.`;
  } catch (err) {
    why = `The machine's program cannot go on: ${err.message || err}.`;
  }
  postMessage({id: 0, fatal: why});
};
