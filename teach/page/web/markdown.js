// A small part of Markdown: paragraphs, lists, `code`, **bold**, *em*, links to
// http and https, and code blocks. Anything else stays as it is written.

function markdown(source) {
  const out = document.createDocumentFragment();
  const lines = (source || '').split('\n');
  for (let i = 0; i < lines.length;) {
    const from = i;
    const block = blocks.find(b => b.starts.test(lines[i]));
    if (!lines[i].trim()) { i++; continue; }
    do i++; while (i < lines.length && !ends(block, lines, i));
    out.append(...(block ? block.make(lines.slice(from, i)) : [el('p', null, ...inline(lines.slice(from, i).join('\n')))]));
    if (block && block.fence) i++;
  }
  return out;
}

const blocks = [
  {starts: /^```/, fence: true, make: l => [el('pre', null, el('code', null, l.slice(1).join('\n')))]},
  {starts: /^\s*[-*] /, list: true, make: l => [el('ul', null, ...items(l, /^\s*[-*] /))]},
  {starts: /^\s*\d+[.)] /, list: true, make: l => [el('ol', null, ...items(l, /^\s*\d+[.)] /))]},
  {starts: /^#+ /, make: l => [el('h3', null, ...inline(l[0].replace(/^#+ /, ''))),
    ...(l.length > 1 ? [el('p', null, ...inline(l.slice(1).join('\n')))] : [])]},
];

// ends says whether a block ends before line i.
function ends(block, lines, i) {
  if (block && block.fence) return blocks[0].starts.test(lines[i]);
  if (!lines[i].trim()) return true;
  return blocks.some(b => b !== block && b.starts.test(lines[i]));
}

function items(lines, bullet) {
  const all = [];
  for (const l of lines) {
    if (bullet.test(l)) all.push(l.replace(bullet, '')); else all[all.length - 1] += '\n' + l.trim();
  }
  return all.map(t => el('li', null, ...inline(t)));
}

const spans = /`([^`]+)`|\*\*([^*]+(?:\*[^*]+)*)\*\*|\*([^*\s](?:[^*]*[^*\s])?)\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/;

function inline(t) {
  const out = [];
  for (let m; (m = spans.exec(t)); t = t.slice(m.index + m[0].length)) {
    out.push(t.slice(0, m.index));
    if (m[1] !== undefined) out.push(el('code', null, m[1]));
    else if (m[2] !== undefined) out.push(el('strong', null, ...inline(m[2])));
    else if (m[3] !== undefined) out.push(el('em', null, ...inline(m[3])));
    else out.push(el('a', {href: m[5], rel: 'noopener noreferrer'}, ...inline(m[4])));
  }
  return [...out, t];
}
