// The quiz. While it is on, nothing that comes out of a line with an open
// question is shown, nor of any line below it.

const quiz = {on: false, settled: new Set(), said: new Map()};
const askKey = (w, l, n) => w.id + '/' + l.no + '/' + n;
const isOpen = (w, l) => (l.asks || []).some((_, n) => !quiz.settled.has(askKey(w, l, n)));

// questionLine is the first line with an open question; Infinity if there is none.
function questionLine(w) {
  if (!quiz.on) return Infinity;
  const l = w.lines.find(l => isOpen(w, l));
  return l ? l.index : Infinity;
}

// isBlocked says that at step i a question is to be answered first.
function isBlocked(w, i) {
  const q = questionLine(w);
  return isFinite(q) && i >= w.lines[q].first;
}

const outcomeHidden = (w, l, i) => quiz.on && (l.index >= questionLine(w) || l.done > i);

// cover takes what a call is to give out of its text: in structures, but not in
// contexts, and in what it fills in. A name that is bound stays.
const cover = call => call.replace(/(?<!\w)\{[^{}]*=[^{}]*\}/g, '{…}').replace(/\[out (?!\?)[^\]]*\]/g, '[out …]');

function fits(answer, given) {
  const norm = t => t.trim().toLowerCase().replace(/\s+/g, ' ').replace(/[.`]+$|^`/g, '');
  const a = norm(answer), g = norm(given);
  return g !== '' && (a === g || (!isNaN(a) && !isNaN(g) && Number(a) === Number(g)));
}

// showQuiz shows the questions of the present line, and the open ones of lines
// that have begun before it.
function showQuiz(w, i, again) {
  const here = w.steps[i].line;
  const lines = quiz.on ? w.lines.filter(l => l.asks && (l.index === here || l.first <= i && isOpen(w, l))) : [];
  $('quiz-box').hidden = !lines.length;
  const state = JSON.stringify(lines.map(l => l.asks.map((_, n) => [askKey(w, l, n), quiz.settled.has(askKey(w, l, n)), quiz.said.get(askKey(w, l, n))])));
  if ($('quiz').dataset.state === state) return; // the reader may be typing
  $('quiz').dataset.state = state;
  $('quiz').replaceChildren(...lines.flatMap(l => l.asks.map((a, n) => question(w, l, n, a, again))));
}

function question(w, l, n, [q, a], again) {
  const key = askKey(w, l, n);
  const ask = el('p', {className: 'prose'}, ...inline(q), ' ', el('span', {className: 'aside'}, 'line ' + l.no));
  if (quiz.settled.has(key)) {
    return el('div', {className: 'ask'}, ask, el('p', {role: 'status'}, quiz.said.get(key) || '', ' ', el('b', null, ...inline(a))));
  }
  const input = el('input', {type: 'text', autocomplete: 'off', spellcheck: false, 'aria-label': 'Your answer: ' + q});
  const said = el('p', {role: 'status'});
  const settle = words => { quiz.settled.add(key); quiz.said.set(key, words); again(); $('quiz-box').tabIndex = -1; $('quiz-box').focus(); };
  const check = () => {
    if (fits(a, input.value)) settle('Right:');
    else said.textContent = input.value.trim() ? 'Not so. Try again, or have the answer shown.' : 'Type an answer first.';
  };
  input.addEventListener('keydown', e => { if (e.key === 'Enter') check(); });
  return el('div', {className: 'ask'}, ask, el('div', {className: 'row'}, input,
    el('button', {type: 'button', className: 'main', onclick: check}, 'Check'),
    el('button', {type: 'button', onclick: () => settle('The answer:')}, 'Show answer')), said);
}
