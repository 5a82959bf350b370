// Where the reader is, and how to get elsewhere.

let walk, now = 0;

// go shows a step. The address follows, but not for each pixel of a drag:
// browsers end a page's right to change it if it does so too often.
function go(i) {
  now = Math.max(0, Math.min(walk.steps.length - 1, i));
  show();
  clearTimeout(go.timer);
  go.timer = setTimeout(writeAddress, 120);
}

function show() {
  const s = walk.steps[now];
  if (!s) return;
  const hidden = isBlocked(walk, now);
  showTime(walk, now, hidden ? [] : changes(walk, s));
  showSay(walk, s);
  showQuiz(walk, now, show);
  showScript(walk, now);
  showTranscript(walk, now);
  showPhases(walk, now, go);
  showSource(s);
  showCode(s);
  showChain(walk, s, hidden);
  showShown(s, hidden);
  showContexts(walk, s, hidden);
  showStack(s);
  showRegs(walk, s, hidden);
  $('link').href = address();
  scroll(walk, now);
}

// call goes to the beginning of the call before or after.
function call(by) {
  const to = by > 0 ? walk.calls.find(c => c > now) : walk.calls.filter(c => c < now).pop();
  if (to !== undefined) go(to);
}

function open(w) {
  walk = unfold(w);
  document.title = $('title').textContent = w.title;
  $('walk').value = String(doc.walks.indexOf(w));
  $('badges').replaceChildren(...[w.i386 ? 'i386' : 'x86-64', w.bug ? 'kernel with a bug: ' + w.bug : ''].filter(Boolean).map(t => el('span', {className: 'badge'}, t)));
  $('failure-box').hidden = !w.failure;
  $('failure').textContent = w.failure || '';
  $('failure-line').textContent = (w.failure || '').trim().split('\n')[0];
  $('about-box').hidden = !w.about;
  $('about').replaceChildren(markdown(w.about));
  const asks = w.lines.reduce((n, l) => n + (l.asks || []).length, 0);
  $('quiz-toggle').hidden = !asks;
  $('quiz-toggle').textContent = `Quiz: ${plural(asks, 'question')}`;
  makeTimeline(walk, go);
  makeScript(walk, go);
  if (!walk.steps.length) $('summary').textContent = 'Nothing has happened in this walk.';
}

function setQuiz(on) {
  quiz.on = on;
  $('quiz-toggle').setAttribute('aria-pressed', String(on));
  show();
}

function address() {
  const parts = doc.walks.length > 1 ? ['walk=' + encodeURIComponent(walk.id)] : [];
  parts.push('step=' + (now + 1));
  if (quiz.on) parts.push('quiz=1');
  return '#' + parts.join('&');
}

function writeAddress() {
  try { history.replaceState(null, '', address()); } catch { /* too often: the next step writes it */ }
}

// readAddress goes where the address says; what it does not say stays.
function readAddress() {
  const p = new URLSearchParams(location.hash.slice(1));
  const w = doc.walks.find(w => w.id === p.get('walk')) || walk || doc.walks[0];
  if (w !== walk) { open(w); now = 0; }
  if (p.has('step')) {
    setQuizQuietly(p.get('quiz') === '1');
    now = Math.max(0, Math.min(walk.steps.length - 1, (parseInt(p.get('step'), 10) || 1) - 1));
  }
  show();
}

function setQuizQuietly(on) {
  quiz.on = on && !$('quiz-toggle').hidden;
  $('quiz-toggle').setAttribute('aria-pressed', String(quiz.on));
}

const keys = {
  ArrowLeft: () => go(now - 1), ArrowRight: () => go(now + 1),
  ArrowUp: () => call(-1), ArrowDown: () => call(1),
  Home: () => go(0), End: () => go(walk.steps.length - 1),
  '?': () => $('help').showModal(),
  q: () => { if (!$('quiz-toggle').hidden) setQuiz(!quiz.on); },
};

// onKey leaves keys to text fields and choices, and plain arrows to boxes that
// scroll.
function onKey(e) {
  const on = e.target, act = keys[e.key];
  if (!act || !(on instanceof Element) || e.ctrlKey || e.altKey || e.metaKey || $('help').open) return;
  if (on.matches('select, textarea, input:not([type=range])')) return;
  if (on.matches('[role=region]') && !e.shiftKey && e.key !== '?' && e.key !== 'q') return;
  e.preventDefault();
  act();
}

function start() {
  $('walk').replaceChildren(...doc.walks.map((w, i) => el('option', {value: String(i)}, w.title + (w.bug ? ` (bug: ${w.bug})` : ''))));
  $('walk-choice').hidden = doc.walks.length < 2;
  $('walk').addEventListener('change', e => { open(doc.walks[e.target.value]); setQuizQuietly(quiz.on); go(0); });
  $('step-back').addEventListener('click', () => go(now - 1));
  $('step-on').addEventListener('click', () => go(now + 1));
  $('call-back').addEventListener('click', () => call(-1));
  $('call-on').addEventListener('click', () => call(1));
  $('slider').addEventListener('input', e => go(Number(e.target.value) - 1));
  $('quiz-toggle').addEventListener('click', () => { setQuiz(!quiz.on); writeAddress(); });
  $('help-open').addEventListener('click', keys['?']);
  $('help-close').addEventListener('click', () => $('help').close());
  document.addEventListener('keydown', onKey);
  window.addEventListener('hashchange', readAddress);
  readAddress();
  setTimeout(makeSources, 100);
}

start();
