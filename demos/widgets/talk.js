const TOUR_MS = 9000, RUN_MS = 24000, PATIENCE_MS = 6000, KEYS_MS = 4500;
const KEYS = '<kbd>&larr;</kbd> <kbd>&rarr;</kbd> pictures &nbsp; <kbd>Space</kbd> next technique &nbsp; ' +
             '<kbd>P</kbd> by itself &nbsp; <kbd>F</kbd> full screen &nbsp; <kbd>Esc</kbd> leave';
const part = name => element.querySelector(name), wait = ms => new Promise(done => setTimeout(done, ms));
let acts = null, act = 0, places = [], tour = false, turn = 0, front = 0, timer = null, sleeping = null, run = null;
let wanted = null, making = false, lock = null, of = null, back = null;

const shown = () => !part('.talk').hidden;
const item = () => acts[act].items[places[act]];
const loaded = async address => {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  return picture;
};
const within = (promise, ms) => Promise.race([promise, wait(ms).then(() => null)]);

// ---- pictures

const frame = (images, tag, room) => {
  const figure = document.createElement('figure'), box = document.createElement('div');
  const {naturalWidth: width, naturalHeight: height} = images.at(-1);
  const scale = Math.min(room.width / width, room.height / height);
  box.className = 'frame';
  box.style.cssText = `width: ${Math.round(width * scale)}px; height: ${Math.round(height * scale)}px`;
  if (images.at(-1).src.startsWith('data:image/webp')) box.classList.add('clear');
  for (const image of images) { image.alt = ''; box.append(image); }
  if (tag) box.append(Object.assign(document.createElement('p'), {className: 'tag', textContent: tag}));
  figure.append(box);
  return figure;
};
// Pictures that have come replace those before, unless the talk has gone on meanwhile.
const put = async (pictures, now) => {
  if (!pictures?.after) return false;
  try {
    const [after, before, under] = await Promise.all(
      [pictures.after, pictures.before, pictures.before].map(one => one ? loaded(one) : null));
    if (now !== turn || !shown()) return false;
    const layers = element.querySelectorAll('.layer'), next = layers[1 - front];
    const line = () => {
      if (pictures.line === undefined) return;
      part('.item').textContent = [pictures.title, pictures.line].filter(Boolean).join(' · ');
    };
    const old = layers[front].querySelectorAll('img'), last = old[old.length - 1];
    if (pictures.again && last && Math.abs(last.naturalWidth / last.naturalHeight
                                           - after.naturalWidth / after.naturalHeight) < 0.03) {
      after.alt = '';
      last.replaceWith(after);
      line();
      return true;
    }
    const {clientWidth: wide, clientHeight: height} = next, gap = wide * 0.02;
    const room = {width: before ? (wide - gap) / 2 : wide, height};
    const alike = before && Math.abs(before.naturalWidth / before.naturalHeight
                                     - after.naturalWidth / after.naturalHeight) < 0.03;
    const figures = before ? [frame([before], '', room)] : [];
    figures.push(frame(alike && !pictures.again ? [under, after] : [after], '', room));
    next.replaceChildren(...figures);
    next.getBoundingClientRect();  // what was put there is drawn hidden first, so that it can come
    layers[front].classList.remove('seen');
    next.classList.add('seen');
    front = 1 - front;
    const moves = pictures.after.startsWith('data:image/webp');
    part('.glow').style.backgroundImage = moves ? 'none' : `url("${pictures.after}")`;
    line();
    return true;
  } catch { return false; }
};
// One call at a time: whoever presses keys fast gets the last picture.
const make = async now => {
  wanted = [acts[act].name, item().name];
  if (making) return null;
  making = true;
  try {
    let asked, made;
    do {
      asked = wanted;
      made = await server.make(asked);
    } while (asked !== wanted && shown());
    return now === turn ? made : (act === acts.findIndex(one => one.name === asked[0])
                                  && item().name === asked[1]) ? made : null;
  } catch { return null; } finally { making = false; }
};

// ---- a long run, streamed by the app's own endpoint

const root = () => (window.gradio_config?.root ?? location.origin).replace(/\/$/, '');
const api = path => `${root()}/gradio_api/${path}`;
const stopRun = () => { run?.close(); run = null; };
const startRun = async (now, there) => {
  const {run: asked, title} = item();
  try {
    const photo = await (await fetch(asked.picture)).blob();
    const {path} = await upload(new File([photo], 'photo.jpg', {type: photo.type}));
    const body = JSON.stringify({...asked, picture: {path, meta: {_type: 'gradio.FileData'}}});
    const headers = {'Content-Type': 'application/json'};
    const called = await fetch(api('call/v2/restore'), {method: 'POST', headers, body});
    const {event_id: key} = await called.json();
    if (now !== turn || !shown() || !key) return;
    run = new EventSource(api(`call/restore/${key}`));
    let busy = false;
    const show = async event => {
      if (now !== turn || busy) return;
      const [pair, line] = JSON.parse(event.data);
      if (!pair?.[1]?.url || /^(Starting|Waiting)/.test(line ?? '')) return;
      busy = true;
      there = await put({before: pair[0].url, after: pair[1].url, title, line: line ?? '', again: there}, now) || there;
      busy = false;
    };
    run.addEventListener('generating', show);
    run.addEventListener('complete', event => { show(event); stopRun(); });
    run.addEventListener('error', stopRun);
  } catch { /* the bundled pictures stay */ }
};

// ---- steps

const words = () => {
  const {title, equation, sentence} = acts[act];
  part('h2').textContent = title;
  part('.equation').innerHTML = equation;
  part('.sentence').textContent = sentence;
  part('.item').textContent = item().title;
  part('.spoken').textContent = `${title}. ${item().title}.`;
  part('.acts').replaceChildren(...acts.map((_, at) =>
    Object.assign(document.createElement('li'), {className: at === act ? 'now' : ''})));
};
const next = () => {
  const {items} = acts[act];
  if (places[act] + 1 < items.length && (places[act] + 1) % 2) places[act] += 1;
  else { places[act] = (places[act] + 1) % items.length; act = (act + 1) % acts.length; }
  step();
};
const step = async () => {
  const now = ++turn, {items, live} = acts[act], {title, after, before, run: running} = item();
  clearTimeout(timer);
  stopRun();
  words();
  if (!after && of !== act) element.querySelectorAll('.layer')[front].classList.remove('seen');
  of = act;
  let there = await put({after, before, title}, now);
  if (now !== turn) return;
  if (Object.keys(running).length) startRun(now, there);
  else if (live) {
    const made = make(now).then(pictures => pictures && put({...pictures, title, again: there}, now));
    if (tour) there = await within(made, PATIENCE_MS) || there; else made.then(() => {});
  }
  if (tour && now === turn && shown())
    timer = setTimeout(next, Object.keys(running).length ? (there ? RUN_MS : 2 * PATIENCE_MS) : there ? TOUR_MS : 0);
};
const own = () => [...document.querySelectorAll(acts[act].shown || 'none')].map(image => image.currentSrc || image.src)
  .filter(Boolean);

// ---- in and out

const awake = () => {
  part('.talk').classList.add('awake');
  clearTimeout(sleeping);
  sleeping = setTimeout(() => part('.talk')?.classList.remove('awake'), KEYS_MS);
};
const enter = async (byItself, fromTab) => {
  if (shown()) return;
  back = document.activeElement;
  try { acts ??= await server.program(); } catch { return; }
  if (!acts?.length) return;
  if (!places.length) places = acts.map(() => 0);
  tour = byItself;
  const open = fromTab ? acts.findIndex(one => {
    const panel = document.getElementById(`tab-${one.tab}`);
    return panel && panel.style.display !== 'none';
  }) : 0;
  act = Math.max(0, open);
  part('.keys').innerHTML = KEYS;
  part('.talk').classList.toggle('night', document.body.classList.contains('dark'));
  part('.talk').hidden = false;
  part('.talk').focus();
  awake();
  try { lock = await navigator.wakeLock?.request('screen'); } catch { /* the screen may go dark */ }
  const pictures = fromTab ? own() : [];
  if (!pictures.length || tour) return step();
  const now = ++turn;
  words();
  part('.item').textContent = '';
  if (!await put({after: pictures.at(-1), before: pictures.length > 1 ? pictures[0] : ''}, now) && now === turn) step();
};
const leave = () => {
  turn += 1;
  clearTimeout(timer);
  stopRun();
  tour = false;
  part('.talk').hidden = true;
  back?.focus?.();
  for (const layer of element.querySelectorAll('.layer')) { layer.classList.remove('seen'); layer.replaceChildren(); }
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  lock?.release?.().catch(() => {});
  const said = new URLSearchParams(location.search);
  if (!said.has('talk')) return;
  said.delete('talk');
  history.replaceState(null, '', location.pathname + (said.size ? `?${said}` : ''));
};
const keys = {
  ArrowRight() { places[act] = (places[act] + 1) % acts[act].items.length; step(); },
  ArrowLeft() { const {length} = acts[act].items; places[act] = (places[act] + length - 1) % length; step(); },
  ' '() { act = (act + 1) % acts.length; step(); },
  Backspace() { act = (act + acts.length - 1) % acts.length; step(); },
  p() { tour = !tour; step(); },
  f() {
    const full = document.fullscreenElement;
    (full ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => {});
  },
  Escape: leave,
};
keys.ArrowDown = keys.PageDown = keys.ArrowRight;
keys.ArrowUp = keys.PageUp = keys.ArrowLeft;
const writes = target => target.closest?.('input, textarea, select, [contenteditable=""], [contenteditable=true]');
document.addEventListener('keydown', event => {
  if (!element.isConnected || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!shown()) {
    if (!event.shiftKey || writes(event.target)) return;
    if (event.key === 'T') { event.preventDefault(); enter(false, true); }
    if (event.key === 'P') { event.preventDefault(); enter(true, false); }
    return;
  }
  const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (event.key !== 'Tab' && !act) return;
  event.preventDefault();
  event.stopPropagation();
  act?.();
}, true);
element.addEventListener('click', event => { if (event.target.closest('.layer, .glow')) keys.ArrowRight(); });
element.addEventListener('pointermove', awake);
window.addEventListener('resize', () => { if (shown() && acts) { clearTimeout(timer); timer = setTimeout(step, 400); } });
const asked = new URLSearchParams(location.search).get('talk');
if (asked !== null) enter(asked === 'tour', false);
