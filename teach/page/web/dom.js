// Elements of the page. Text goes in as text nodes only: nothing of a walk is
// ever read as HTML.

const $ = id => document.getElementById(id);

// el makes an element. Properties are the element's own (className, title), or
// attributes, if their names have a dash or it has no such property.
function el(tag, props, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(props || {})) {
    if (k in e && !k.includes('-')) e[k] = v; else e.setAttribute(k, v);
  }
  e.append(...children.filter(c => c !== null && c !== undefined && c !== false));
  return e;
}

const unseen = text => el('span', {className: 'unseen'}, text);

// changedMark stands beside what has changed.
const changedMark = () => el('b', {className: 'changed'}, el('span', {'aria-hidden': 'true'}, ' ●'), unseen(' (changed)'));

const current = (e, on, what) => on ? e.setAttribute('aria-current', what || 'true') : e.removeAttribute('aria-current');

const plural = (n, what) => n.toLocaleString('en') + ' ' + what + (n === 1 ? '' : 's');
