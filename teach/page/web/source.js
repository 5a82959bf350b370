// The kernel's source, lightly coloured. A file is made into elements once.

const sources = new Map();

function sourceOf(i) {
  if (!sources.has(i)) sources.set(i, makeSource(doc.files[i].text));
  return sources.get(i);
}

// makeSources makes the files' elements one after the other while the reader
// reads, so that no step waits for one.
function makeSources(i = 0) {
  if (i >= doc.files.length) return;
  sourceOf(i);
  setTimeout(makeSources, 30, i + 1);
}

const goTokens = new RegExp([
  '(?<comment>//.*|/\\*.*?(?:\\*/|$))',
  '(?<string>"(?:[^"\\\\]|\\\\.)*"|`[^`]*(?:`|$)|\'(?:[^\'\\\\]|\\\\.)+\')',
  '\\b(?<keyword>break|case|chan|const|continue|default|defer|else|fallthrough|for|func|go|goto|if|import|interface|map|package|range|return|select|struct|switch|type|var|nil|true|false)\\b',
  '\\b(?<number>0[xX][0-9a-fA-F_]+|\\d[\\d_]*)\\b',
].join('|'), 'g');

function makeSource(all) {
  const ol = el('ol', {className: 'source'});
  let within = ''; // what ends the comment or string that goes on
  for (const [n, line] of all.split('\n').entries()) {
    const li = el('li', {'data-no': n + 1});
    let rest = line;
    if (within) {
      const end = rest.indexOf(within);
      const n = end < 0 ? rest.length : end + within.length;
      li.append(el('span', {className: within === '`' ? 'string' : 'comment'}, rest.slice(0, n)));
      if (end < 0) { ol.append(li); continue; }
      rest = rest.slice(n);
      within = '';
    }
    within = colour(li, rest);
    ol.append(li);
  }
  return ol;
}

// colour appends a line's tokens; it returns what must end its last one, if
// that goes on in the next line.
function colour(li, line) {
  let at = 0, within = '';
  for (const m of line.matchAll(goTokens)) {
    const kind = Object.keys(m.groups).find(k => m.groups[k] !== undefined);
    const mark = /^\/\/ phase: /.test(m[0]) ? ' phase' : '';
    li.append(line.slice(at, m.index), el('span', {className: kind + mark}, m[0]));
    at = m.index + m[0].length;
    if (m[0].startsWith('/*') && !m[0].endsWith('*/')) within = '*/';
    if (m[0][0] === '`' && (m[0].length === 1 || !m[0].endsWith('`'))) within = '`';
  }
  li.append(line.slice(at));
  return within;
}

// nearLines is how much stands round the marked line on paper.
const nearLines = 12;

function showSource(s) {
  const pane = $('source');
  for (const e of pane.querySelectorAll('.now, .near')) {
    e.classList.remove('now', 'near');
    e.removeAttribute('aria-current');
  }
  if (s.file < 0) {
    $('where').textContent = '';
    pane.replaceChildren(el('p', {className: 'none'}, s.state ? 'No source is known for this place.' : 'The script’s own doing: no system call.'));
    return;
  }
  const ol = sourceOf(s.file);
  if (pane.firstChild !== ol || pane.children.length > 1) pane.replaceChildren(ol);
  $('where').textContent = doc.files[s.file].name + ':' + s.src;
  for (let i = Math.max(0, s.src - nearLines); i < Math.min(ol.children.length, s.src + nearLines); i++) ol.children[i].classList.add('near');
  const li = ol.children[s.src - 1];
  if (!li) return;
  li.classList.add('now');
  li.setAttribute('aria-current', 'location');
}

// scrollSource scrolls the pane alone, and sideways only back to the beginning.
function scrollSource() {
  const pane = $('source'), li = pane.querySelector('.now');
  if (!li) return;
  pane.scrollTop = li.offsetTop - pane.clientHeight / 3;
  pane.scrollLeft = 0;
}
