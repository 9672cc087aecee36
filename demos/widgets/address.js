const table = props.table, first = Object.keys(table)[0];
const values = {}, chosen = {}, other = {};
let tab = first, live = false, timer = null, hidden = null, later = '';

const parameters = () => new URLSearchParams(location.search);
const isOpen = id => {
  const panel = id && document.getElementById(id);
  return Boolean(panel) && panel.style.display !== 'none';
};
const openTab = () => Object.keys(table).find(name => isOpen(`tab-${name}`)) ?? tab;
const openMode = name => {
  const modes = table[name].modes;
  return Object.keys(modes).find(mode => isOpen(modes[mode].panel)) ?? Object.keys(modes)[0];
};
const written = value => typeof value === 'boolean' ? String(Number(value)) : String(value);
// The link to what the tab shows, and whether something of the visitor's own is not in it.
const link = name => {
  const mode = openMode(name), {fields, examples} = table[name].modes[mode], said = new URLSearchParams();
  let own = false;
  said.set('tab', name);
  if (mode !== Object.keys(table[name].modes)[0]) said.set('mode', mode);
  for (const [example, {picture, first: usual}] of Object.entries(examples)) {
    const named = chosen[picture] ?? usual;
    if (other[picture]) own = true;
    else if (named) said.set(example, named);
  }
  for (const [key, at, usual] of fields) {
    const value = values[name]?.[at];
    if (value === null || value === undefined || value === '' || written(value) === written(usual)) continue;
    if (table[name].own.some(mine => String(value).startsWith(mine))) own = true;
    else said.set(key, written(value));
  }
  return {said, own};
};
// What is not ours stays in the address: `__theme`, `view`, `talk`.
const address = said => {
  const kept = parameters(), ours = new Set(['tab', 'mode']);
  for (const {modes} of Object.values(table)) for (const {fields, examples} of Object.values(modes))
    for (const key of [...fields.map(one => one[0]), ...Object.keys(examples)]) ours.add(key);
  for (const key of [...kept.keys()]) if (ours.has(key)) kept.delete(key);
  for (const [key, value] of said) kept.append(key, value);
  return location.pathname + (kept.size ? `?${kept}` : '');
};
const remember = () => {
  if (!live) return;
  const {said, own} = link(tab);
  const plain = !parameters().has('tab') && tab === first && JSON.stringify([...said]) === opening;
  const next = plain ? address(new URLSearchParams()) : address(said);
  if (next !== location.pathname + location.search) history.replaceState(null, '', next);
  try { sessionStorage.setItem('own-picture', own ? tab : ''); } catch { /* not allowed: nothing is said later */ }
};
const opening = first ? JSON.stringify([...link(first).said]) : '';
const soon = () => { clearTimeout(timer); timer = setTimeout(remember, 300); };
const say = sentence => {
  const line = element.querySelector('.said');
  line.textContent = sentence;
  clearTimeout(hidden);
  hidden = setTimeout(() => line.textContent = '', 12000);
};
const toClipboard = async text => {
  try { await navigator.clipboard.writeText(text); return true; } catch { /* not on a page without https */ }
  const field = Object.assign(document.createElement('textarea'), {value: text});
  element.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
};

window.pageLink = {
  says(name, seen) { values[name] = seen; if (name === tab) soon(); },
  own(picture) { other[picture] = true; delete chosen[picture]; soon(); },
  moved() {  // after the page has drawn the tab that was chosen
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const now = openTab();
      if (now !== tab && live) {
        tab = now;
        history.pushState(null, '', address(link(tab).said));
      }
      soon();
    }));
  },
  ready(told) {
    const {tab: named, chosen: taken, note} = JSON.parse(told);
    Object.assign(chosen, taken);
    tab = named ?? openTab();
    live = true;
    if (note || later) say(note || later);
    soon();
  },
  async copy() {
    const {said, own} = link(openTab()), text = location.origin + address(said);
    const rest = own ? ' Your own picture is not in it.' : '';
    say(await toClipboard(text) ? `The link is copied.${rest}` : `The link: ${text}${rest}`);
  },
};

document.addEventListener('click', event => {
  const button = event.target.closest?.('button[data-key]');
  if (!button) return;
  for (const {modes} of Object.values(table)) for (const {examples} of Object.values(modes))
    for (const {tiles, picture} of Object.values(examples)) if (button.closest(tiles)) {
      chosen[picture] = button.dataset.key;
      delete other[picture];
      soon();
    }
}, true);
window.addEventListener('popstate', () => {
  const name = parameters().get('tab');
  tab = name in table ? name : first;
  props.value = tab;
  trigger('submit');
});

if (parameters().has('tab')) {
  props.value = location.search;
  trigger('input');
} else live = true;
try {
  const reloaded = performance.getEntriesByType('navigation')[0]?.type === 'reload';
  if (reloaded && sessionStorage.getItem('own-picture'))
    later = 'Your settings are here again; add your own picture once more.';
  sessionStorage.removeItem('own-picture');
} catch { /* nothing was kept */ }
