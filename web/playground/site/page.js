// The page: it loads the machine once, runs it in a worker, and shows what
// comes back. There is nothing in it that knows what a system call is.
'use strict';

const $ = (id) => document.getElementById(id);
const script = $('script'), numbers = $('numbers'), output = $('output'), examples = $('examples');
const maxScript = 1 << 20; // as the language has it

// ---- The machine: compiled once, in a worker that can be thrown away.

const machine = {
  loaded: null,   // {module, guest}
  worker: null,
  ready: null,    // a promise: the worker's program listens
  waiting: new Map(), // by id: {resolve, reject}
  lastId: 0,

  async load() {
    if (location.protocol === 'file:') {
      throw new Error('A browser does not run this page from a file. Serve its folder, as with: sysindvm playground --http localhost:8080');
    }
    if (typeof WebAssembly !== 'object' || typeof DecompressionStream !== 'function') {
      throw new Error('This browser is too old: it has no WebAssembly, or no DecompressionStream');
    }
    const [program, kernel, symbols, initramfs] = await Promise.all(
      ['machine.wasm.gz', 'guest/kernel.gz', 'guest/symbols.gz', 'guest/initramfs.gz'].map(unpacked));
    this.loaded = {module: await WebAssembly.compile(program), guest: {kernel, symbols, initramfs}};
    await this.start();
  },

  // start makes a fresh worker, in the place of the one there is.
  start() {
    if (this.worker) this.worker.terminate();
    for (const w of this.waiting.values()) w.reject(null);
    this.waiting.clear();
    const worker = this.worker = new Worker('worker.js');
    this.ready = new Promise((resolve, reject) => {
      worker.onmessage = ({data}) => {
        if (data.ready) return resolve();
        if (data.fatal) return this.failed(new Error(data.fatal), reject);
        const w = this.waiting.get(data.id);
        this.waiting.delete(data.id);
        if (w) w.resolve(data);
      };
      worker.onerror = (e) => this.failed(new Error(e.message || 'The worker cannot be loaded'), reject);
    });
    this.ready.catch(() => {});
    worker.postMessage(this.loaded);
    return this.ready;
  },

  // failed tells all who wait; the next to ask gets a fresh worker.
  failed(err, reject) {
    reject(err);
    for (const w of this.waiting.values()) w.reject(err);
    this.waiting.clear();
    this.ready = null;
  },

  async ask(op, more) {
    await (this.ready || this.start());
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, {resolve, reject});
      this.worker.postMessage({id, op, text: script.value, ...more});
    });
  },
};

// unpacked is a compressed file of the site. Some servers say that it is
// compressed, and then the browser has unpacked it already.
async function unpacked(name) {
  const response = await fetch(name).catch((err) => {
    throw new Error(`${name} cannot be loaded: ${err.message}`);
  });
  if (!response.ok) throw new Error(`${name} cannot be loaded: ${response.status} ${response.statusText}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await piped(bytes, new DecompressionStream('gzip'), 64 << 20);
  } catch (err) {
    throw new Error(`${name} is damaged: ${err.message}`);
  }
}

// piped is what a stream makes of bytes, if that is not more than most.
async function piped(bytes, stream, most) {
  const parts = [];
  let length = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    parts.push(value);
    length += value.length;
    if (length > most) throw new Error('it is too long');
  }
}

// ---- The result.

// sentence ends a text as one ends, unless it does so itself.
const sentence = text => /[.?!]$/.test(text) ? text : text + '.';

function say(text, kind) {
  $('said').textContent = text;
  $('status').className = 'status ' + (kind || '');
}

// show puts text into an element, line by line, with a class for those that
// matter: the first ones, as a page with very many elements is slow.
function show(element, text) {
  element.classList.remove('none');
  const lines = text.replace(/\n$/, '').split(/(?<=\n)/);
  const rest = lines.splice(4000).join('');
  element.replaceChildren(...lines.map((line) => {
    const span = document.createElement('span');
    span.className = /^--- PASS/.test(line) ? 'good' : /^--- (FAIL|ERROR)|^\s+\S.*- want |^\s+\+ got |^\s+\^$/.test(line) ? 'bad' : '';
    span.textContent = line;
    return span;
  }), rest);
}

function showOutcome(o) {
  const cost = o.instructions ? `${o.seconds.toFixed(2)} s, ${o.instructions.toLocaleString('en')} instructions` : '';
  switch (o.status) {
    case 'PASS': say(`Passed: ${cost}.`, 'good'); break;
    case 'SKIP': say(`Skipped: ${sentence(o.brief)}`, 'wait'); break;
    case 'WRONG': say(`This is no script: ${sentence(o.brief)}`, 'bad'); break;
    case 'ERROR': say(`The machine failed: ${sentence(o.brief)} ${cost}`, 'bad'); break;
    default: say(`Failed: ${sentence(o.brief)} ${cost}.`, 'bad');
  }
  show(output, o.text);
  $('console-part').hidden = !o.console;
  $('console').textContent = o.console;
  mark(o);
}

// ---- The editor.

let marked = null; // {line, col} of what is wrong

// mark marks the line of an outcome, or none.
function mark(o) {
  marked = o && o.line ? o : null;
  const wrong = Boolean(marked);
  script.classList.toggle('wrong', wrong);
  script.style.setProperty('--wrong', wrong ? marked.line : 0);
  script.setAttribute('aria-invalid', wrong);
  $('wrong').hidden = !wrong;
  $('wrong').textContent = wrong ? marked.brief : '';
  $('goto').hidden = !wrong;
  $('goto').textContent = wrong ? `Go to line ${marked.line}` : '';
  number();
}

function number() {
  const count = script.value.split('\n').length;
  const at = marked ? marked.line : 0;
  const lines = Array.from({length: count}, (_, i) => i + 1);
  const parts = [];
  if (at) parts.push(lines.slice(0, at - 1).map((n) => n + '\n').join(''));
  if (at) {
    const b = document.createElement('b');
    b.className = 'wrong';
    b.textContent = at;
    parts.push(b, '\n');
  }
  parts.push(lines.slice(at).join('\n'));
  numbers.replaceChildren(...parts);
  numbers.scrollTop = script.scrollTop;
}

// offset is where line and column, which counts bytes, are in the text.
function offset(line, col) {
  const lines = script.value.split('\n').slice(0, line);
  const last = lines.pop();
  const before = lines.reduce((sum, l) => sum + l.length + 1, 0);
  const bytes = new TextEncoder().encode(last).subarray(0, Math.max(0, col - 1));
  return before + new TextDecoder().decode(bytes).length;
}

function goToMark() {
  if (!marked) return;
  const at = offset(marked.line, marked.col);
  script.focus();
  script.setSelectionRange(at, at);
  const row = parseFloat(getComputedStyle(script).lineHeight);
  script.scrollTop = Math.max(0, (marked.line - 4) * row);
}

// replace puts text into the editor so that it can be undone; a long one not,
// as browsers take milliseconds for each line of it.
function replace(text) {
  if (script.value === text) return;
  const focus = document.activeElement;
  const top = script.scrollTop;
  script.focus({preventScroll: true});
  script.select();
  if (text.split('\n').length > 200 || !document.execCommand('insertText', false, text)) script.value = text;
  script.setSelectionRange(0, 0);
  script.scrollTop = top;
  if (focus === document.body) script.blur();
  else if (focus !== script) focus.focus({preventScroll: true});
  edited();
}

let checking = 0, numbering = 0;

// edited is called for each change: of a text that is put in, for each line.
function edited() {
  if (marked) mark(null);
  clearTimeout(numbering);
  numbering = setTimeout(number, 0);
  clearTimeout(checking);
  checking = setTimeout(check, 400);
}

// check marks what is wrong while the script is being written.
async function check() {
  if (running || !machine.loaded) return;
  const text = script.value;
  const o = await machine.ask('check').catch(() => null);
  if (o && text === script.value && !running) mark(o.status ? o : null);
}

// ---- What the buttons do.

let running = false;

function setRunning(on) {
  running = on;
  $('run').disabled = $('format').disabled = on || !machine.loaded;
  $('stop').disabled = !on;
  $('clock').textContent = '';
  output.setAttribute('aria-busy', on);
}

async function run() {
  if (running || !machine.loaded) return;
  const start = performance.now();
  const pressed = document.activeElement === $('run');
  clearTimeout(checking); // or it would take the mark away that this run makes
  setRunning(true);
  mark(null);
  if (pressed) $('stop').focus(); // as one that is disabled loses the focus
  say('Running …', 'wait');
  const clock = setInterval(() => {
    $('clock').textContent = `${Math.round((performance.now() - start) / 1000)} s`;
  }, 1000);
  try {
    setFragment(await fragment());
    showOutcome(await machine.ask('run', {i386: $('i386').checked, noIndirect: $('noindirect').checked}));
  } catch (err) {
    if (err) say(err.message, 'bad');
    else say(`Stopped after ${((performance.now() - start) / 1000).toFixed(1)} s.`, 'wait');
  }
  clearInterval(clock);
  const focus = document.activeElement;
  setRunning(false);
  if (focus === $('stop')) $('run').focus({preventScroll: true});
  $('status').scrollIntoView({block: 'nearest'});
}

function stop() {
  if (running) machine.start().catch((err) => say(err.message, 'bad'));
}

async function format() {
  if (running || !machine.loaded) return;
  const text = script.value;
  try {
    const o = await machine.ask('format');
    if (text !== script.value) return;
    if (o.status) return showOutcome(o);
    say(o.formatted === text ? 'It is formatted already.' : 'Formatted.');
    replace(o.formatted);
  } catch (err) {
    if (err) say(err.message, 'bad');
  }
}

async function link() {
  setFragment(await fragment());
  try {
    await navigator.clipboard.writeText(location.href);
    say('The link with this script is copied.');
  } catch {
    say('The link with this script is in the address bar.');
  }
}

async function example() {
  const name = examples.value;
  if (!name) return;
  try {
    const response = await fetch(`examples/${name}.sys`);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    replace(await response.text());
    examples.value = name;
    if (!running && machine.loaded) say('Ready.');
  } catch (err) {
    say(`The example cannot be loaded: ${err.message}`, 'bad');
  }
}

// ---- Links: #z= has the script, deflated, in base64url; #s= has it as it is,
// percent-encoded, for links that are made by hand; #example= names one.

async function fragment() {
  const bytes = await piped(new TextEncoder().encode(script.value), new CompressionStream('deflate-raw'), maxScript);
  let text = '';
  for (const b of bytes) text += String.fromCharCode(b);
  const f = 'z=' + btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  return f + ($('i386').checked ? '&i386' : '') + ($('noindirect').checked ? '&noindirect' : '');
}

let ownFragment = '';

function setFragment(f) {
  ownFragment = '#' + f;
  history.replaceState(null, '', ownFragment);
}

// restore takes the script out of the page's address. It says whether there
// was one.
async function restore() {
  const hash = location.hash;
  if (hash === ownFragment || !/^#(.*&)?(z|s|example)=/.test(hash)) return false;
  const p = new URLSearchParams(hash.slice(1));
  try {
    if (p.has('example')) {
      examples.value = p.get('example');
      if (!examples.value) throw new Error(`there is no example ${p.get('example')}`);
      await example();
    } else {
      const text = p.has('s') ? p.get('s') : await inflated(p.get('z'));
      if (text.length > maxScript) throw new Error('it is too long');
      replace(text);
      examples.value = '';
    }
    $('i386').checked = p.has('i386');
    $('noindirect').checked = p.has('noindirect');
    return true;
  } catch (err) {
    say(`The script in this link cannot be read: ${err.message}.`, 'bad');
    return false;
  }
}

async function inflated(text) {
  const bytes = Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  return new TextDecoder().decode(await piped(bytes, new DecompressionStream('deflate-raw'), maxScript));
}

// ---- All together.

async function begin() {
  script.addEventListener('input', () => { examples.value = ''; edited(); });
  script.addEventListener('scroll', () => { numbers.scrollTop = script.scrollTop; });
  for (const [id, f] of Object.entries({run, stop, format, link, goto: goToMark})) $(id).addEventListener('click', f);
  examples.addEventListener('change', example);
  addEventListener('hashchange', restore);
  addEventListener('keydown', (e) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); run(); }
    if (e.key === 'Escape' && running) { e.preventDefault(); stop(); }
  });
  output.classList.add('none');
  number();
  const restored = await restore();
  const said = $('said').textContent;
  try {
    await machine.load();
    setRunning(false);
    if ($('said').textContent === said && !/cannot/.test(said)) say(restored ? 'Ready: the script is from the link.' : 'Ready.');
    check();
  } catch (err) {
    say(`${err.message}.`, 'bad');
  }
}

begin();
