// The time line: a slider, and a lane with marks for each task.

const legend = [['edge', 'into and out of the kernel'], ['check', 'copy and check'], ['set', 'save and set'],
  ['call', 'the call itself'], ['restore', 'restore'], ['signal', 'signal'], ['other', 'other']];

const kindOf = s => (doc.phases[s.phase] || {}).kind || 'other';
const phaseName = s => s.phase || 'no call';
const place = (w, i) => w.steps.length > 1 ? i / (w.steps.length - 1) : 0;

function makeTimeline(w, go) {
  const slider = $('slider');
  slider.max = Math.max(1, w.steps.length);
  slider.disabled = w.steps.length < 2;
  $('time').style.setProperty('--steps', w.steps.length);
  $('lanes').replaceChildren(...w.tasks.flatMap(t => lane(w, t, go)));
  const used = new Set(w.steps.map(kindOf));
  $('legend').replaceChildren(...legend.filter(l => used.has(l[0])).map(l =>
    el('li', null, el('i', {className: 'mark ' + l[0], 'aria-hidden': 'true'}), l[1])));
}

function lane(w, task, go) {
  const track = el('div', {className: 'lane', role: 'img', 'aria-label': laneText(w, task)});
  const at = (e, i) => { e.style.setProperty('--at', place(w, i)); return e; };
  for (const l of w.lines) {
    if (l.task !== task || !isFinite(l.first)) continue;
    const span = at(el('i', {className: 'span', title: 'line ' + l.no + ': ' + l.call}), l.first);
    span.style.setProperty('--to', place(w, l.done));
    track.append(span);
  }
  w.steps.forEach((s, i) => {
    if (s.task !== task) return;
    track.append(at(el('i', {className: 'mark ' + kindOf(s), title: `step ${i + 1}: ${phaseName(s)}, line ${w.lines[s.line].no}`}), i));
  });
  track.append(el('i', {className: 'needle'}));
  track.addEventListener('click', e => {
    const r = track.getBoundingClientRect();
    go(Math.round((e.clientX - r.left - 8) / (r.width - 16) * (w.steps.length - 1)));
  });
  return [el('span', {className: 'lane-name', 'aria-hidden': 'true'}, task), track];
}

// laneText is the lane in words.
function laneText(w, task) {
  const calls = w.lines.filter(l => l.task === task && isFinite(l.first)).map(l =>
    `line ${l.no}, ${l.done > l.first ? 'steps ' + (l.first + 1) + ' to ' : 'step '}${l.done + 1}`);
  return `Task ${task}: ${calls.join('; ')}`;
}

function showTime(w, i, said) {
  const s = w.steps[i], slider = $('slider');
  slider.value = i + 1;
  slider.setAttribute('aria-valuetext', `step ${i + 1} of ${w.steps.length}: ${phaseName(s)}`);
  $('time').style.setProperty('--here', place(w, i));
  // Not disabled: that would take the focus away from who has just used it.
  const ends = {'step-back': i === 0, 'call-back': i === 0, 'step-on': i === w.steps.length - 1, 'call-on': !w.calls.some(c => c > i)};
  for (const [id, off] of Object.entries(ends)) $(id).setAttribute('aria-disabled', String(off));
  const gone = s.previous >= 0 ? s.at - w.steps[s.previous].at : 0;
  $('summary').replaceChildren(
    el('b', null, `Step ${i + 1} of ${w.steps.length}`), ` · line ${w.lines[s.line].no}, task ${s.task} · `,
    el('b', {className: 'tag ' + kindOf(s)}, phaseName(s)),
    gone > 0 ? ` · ${plural(gone, 'instruction')} on` : '',
    said.length ? ' · ' + said.join('; ') : '');
}
