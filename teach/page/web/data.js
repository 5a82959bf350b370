// The walks, as encode.go has written them, with what is derived from them.

const doc = JSON.parse($('data').textContent);
const text = i => doc.texts[i] || '';

// A walk's id is its name, and its bug, which may have a walk of its own.
doc.walks.forEach((w, i) => {
  w.id = w.bug ? w.name + '-' + w.bug : w.name;
  if (doc.walks.findIndex(o => o.id === w.id) < i) w.id += '-' + (i + 1);
});

// unfold gives each step its registers, each line its place among the steps, and
// the walk its calls.
function unfold(w) {
  if (w.calls) return w;
  const regs = new Array(w.regs.length).fill('');
  w.lines.forEach((l, i) => Object.assign(l, {index: i, first: Infinity, done: Infinity}));
  w.steps.forEach((s, i) => {
    for (const [k, v] of Object.entries(s.regs || {})) regs[k] = v;
    s.all = regs.slice();
    s.previous = lastOfTask(w, s.task, i);
    const l = w.lines[s.line];
    l.first = Math.min(l.first, i);
    l.done = i;
  });
  settle(w);
  w.calls = w.lines.map(l => l.first).filter(isFinite).sort((a, b) => a - b);
  w.tasks = [...new Set(w.steps.map(s => s.task))].sort();
  return w;
}

function lastOfTask(w, task, i) {
  for (i--; i >= 0; i--) if (w.steps[i].task === task && w.steps[i].state) return i;
  return -1;
}

// settle places the lines that have no step of their own: they are done when
// the next line begins.
function settle(w) {
  let next = w.steps.length - 1;
  for (const l of w.lines.slice().reverse()) {
    if (isFinite(l.first)) next = l.first; else if (l.result) l.done = next;
  }
}

// changes says in words what a step has changed in the task.
function changes(w, s) {
  const all = (s.ctxNew || []).map(k => w.kinds[k] + (s.ctx && k in s.ctx ? ' in force' : ' no longer in force'));
  if (s.state && s.previous >= 0) {
    const d = (s.chain || []).length - (w.steps[s.previous].chain || []).length;
    if (d) all.push('the chain has ' + plural(Math.abs(d), 'link') + (d > 0 ? ' more' : ' fewer'));
  }
  for (const x of s.shown || []) if (x[2]) all.push(text(x[0]) + ' = ' + text(x[1]));
  return all;
}
