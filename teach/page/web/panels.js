// What is to be seen of a step.

function makeScript(w, go) {
  $('script').replaceChildren(...w.lines.map(l => {
    const b = el('button', {type: 'button', disabled: !isFinite(l.first), onclick: () => go(l.first)}, el('code'));
    return el('li', {value: l.no}, b, el('p', {className: 'result'}));
  }));
}

function showScript(w, i) {
  const here = w.steps[i].line;
  w.lines.forEach((l, n) => {
    const li = $('script').children[n], hidden = outcomeHidden(w, l, i), done = l.done <= i;
    li.querySelector('code').replaceChildren(hidden ? cover(l.call) : l.call, l.want ? el('span', {className: hidden ? 'covered' : 'want'}, hidden ? ' = ?' : ' ' + l.want) : '');
    li.className = done ? 'done' : l.first <= i ? 'begun' : '';
    current(li, n === here, 'step');
    const result = done ? (hidden ? '?' : l.result || l.made || '') : l.first <= i && n !== here ? 'not yet back' : '';
    li.querySelector('.result').replaceChildren(done && result ? '→ ' + result.replace(/^= /, '') : result);
  });
}

// scroll brings into view what is marked. It comes last, since it has the page
// laid out.
function scroll(w, i) {
  const li = $('script').children[w.steps[i].line];
  if (li) scrollWithin($('story'), li);
  scrollSource();
}

// scrollWithin brings an element into view, if its box scrolls, without moving
// the page.
function scrollWithin(box, e) {
  const b = box.getBoundingClientRect(), r = e.getBoundingClientRect();
  if (box.scrollHeight <= box.clientHeight) return;
  if (r.top < b.top || r.bottom > b.bottom) box.scrollTop += r.top - b.top - box.clientHeight / 3;
}

function showTranscript(w, i) {
  const done = w.lines.filter(l => l.done <= i && l.made).sort((a, b) => a.done - b.done);
  $('transcript').replaceChildren(...done.map(l => {
    const hidden = outcomeHidden(w, l, i);
    return el('li', {value: l.no}, el('code', null, hidden ? cover(l.call) + ' = ?' : l.made + ' ' + (l.result || '')),
      l.instructions ? el('span', {className: 'aside'}, ' ' + plural(l.instructions, 'instruction')) : null);
  }));
  if (!done.length) $('transcript').append(el('li', {className: 'none'}, 'None is back yet.'));
}

// showSay shows the narration of the present line; a line that has none belongs
// to the narration above it.
function showSay(w, s) {
  let n = s.line;
  const first = n === 0, about = $('about-box');
  if (about.dataset.first !== w.id + first) { // the reader may open and close it
    about.dataset.first = w.id + first;
    about.open = first;
  }
  while (n > 0 && !w.lines[n].say) n--;
  const say = w.lines[n] ? w.lines[n].say || '' : '';
  if ($('say').dataset.of === w.id + n) return;
  $('say').dataset.of = w.id + n;
  $('say').replaceChildren(markdown(say));
}

function showPhases(w, i, go) {
  const s = w.steps[i], box = $('phases');
  if (box.dataset.of !== w.id + '/' + s.line) {
    box.dataset.of = w.id + '/' + s.line;
    box.replaceChildren(...w.steps.flatMap((t, n) => t.line !== s.line ? [] :
      [el('li', null, el('button', {type: 'button', className: 'chip ' + kindOf(t), onclick: () => go(n), 'data-step': n}, phaseName(t)))]));
  }
  for (const b of box.querySelectorAll('button')) {
    const n = Number(b.dataset.step);
    current(b, n === i, 'step');
    b.classList.toggle('past', n < i);
  }
  $('explain').textContent = (doc.phases[s.phase] || {}).explain || 'This line makes no system call: the script itself does it.';
}

function showCode(s) {
  $('asm').replaceChildren(el('tbody', null, ...(s.code || []).map((c, n) => {
    const [addr, bytes, t] = doc.insts[c];
    const tr = el('tr', null, el('td', {className: 'addr'}, n ? '' : el('span', {'aria-hidden': 'true'}, '▶'), addr), el('td', null, text(t)), el('td', {className: 'bytes'}, text(bytes)));
    current(tr, n === 0, 'location');
    return tr;
  })));
}

const covered = () => el('p', {className: 'none'}, 'Hidden until the question is answered.');
const nothing = t => el('p', {className: 'none'}, t);

function showContexts(w, s, hidden) {
  $('contexts').hidden = false;
  if (hidden || !s.state) return $('contexts').replaceChildren(el('caption', null, hidden ? covered() : nothing('Not known here.')));
  $('contexts').replaceChildren(el('tbody', null, ...w.kinds.map((name, k) => {
    const on = s.ctx && k in s.ctx, changed = (s.ctxNew || []).includes(k);
    return el('tr', {className: (on ? 'on' : 'off') + (changed ? ' new' : '')},
      el('th', {scope: 'row'}, name), el('td', null, on ? el('code', null, text(s.ctx[k])) : changed ? 'no longer in force' : 'not in force', changed ? changedMark() : null));
  })));
}

// showChain draws the chain: at the top the task's contexts as they are now, below
// them the links, the one that is put back first on top.
function showChain(w, s, hidden) {
  const box = $('chain');
  if (hidden) return box.replaceChildren(covered());
  if (!s.state) return box.replaceChildren(nothing('Not known here.'));
  const now = s.chain || [], old = s.previous >= 0 ? w.steps[s.previous].chain || [] : [];
  const gone = old.slice(now.length), words = [...new Set([...now, ...gone].map(l => text(l[0]).replace(/^(Ctx\[\w+\]).*/, '$1')))];
  if (!words.length) return box.replaceChildren(nothing('Empty: the task carries nothing for one call only.'));
  const links = [...gone.map(l => ['gone', l]), ...now.map((l, n) => [n >= old.length ? 'fresh' : '', l]).reverse()];
  box.replaceChildren(
    el('div', {className: 'words'}, el('h3', null, 'The task now'), ...words.map(word => el('div', {className: 'word'},
      el('code', null, word), el('code', {className: 'value'}, valueNow(w, s, word))))),
    el('ol', {className: 'links', 'aria-label': 'Links, the one that is put back first on top'}, ...links.map(([state, l]) => el('li', {className: state},
      el('span', {className: 'aside'}, state === 'gone' ? 'put back' : state === 'fresh' ? 'new link' : 'link'),
      el('code', null, text(l[0])), el('span', null, 'was ', el('code', {className: 'value'}, text(l[1])))))));
}

// valueNow is a context of the task's by the name of its words.
function valueNow(w, s, word) {
  const m = /^Ctx\[(\w+)\]/.exec(word), k = m ? w.kinds.indexOf(m[1]) : -1;
  return k < 0 ? '' : s.ctx && k in s.ctx ? text(s.ctx[k]) : 'none';
}

function showShown(s, hidden) {
  $('shown-box').hidden = !(s.shown || []).length;
  $('shown').replaceChildren(...(hidden ? [covered()] : (s.shown || []).map(([e, v, changed]) => el('div', {className: changed ? 'new' : ''},
    el('dt', null, el('code', null, text(e))), el('dd', null, el('code', null, text(v)), changed ? changedMark() : null)))));
}

function showStack(s) {
  $('stack').replaceChildren(...(s.stack || []).map((f, n) => {
    const [, func, at] = /^(.*?)(?: (\S+:\d+))?$/.exec(text(f));
    const li = el('li', null, el('code', null, func), at ? el('span', {className: 'aside'}, ' ' + at.replace(/^guestkernel\//, '')) : null);
    current(li, n === 0, 'location');
    return li;
  }));
  if (!(s.stack || []).length) $('stack').append(el('li', {className: 'none'}, 'Not known here.'));
}

function showRegs(w, s, hidden) {
  if (hidden || !s.state) return $('regs').replaceChildren(hidden ? covered() : nothing('Not known here.'));
  $('regs').replaceChildren(...w.regs.map((r, k) => {
    const changed = (s.regsNew || []).includes(k);
    return el('div', {className: changed ? 'new' : ''}, el('dt', null, r), el('dd', null, el('code', null, s.all[k]), changed ? changedMark() : null));
  }));
}
