const HANDLE = '.outer[data-testid=slider]';
const width = handle => handle.parentElement.clientWidth;
const place = handle => new DOMMatrix(getComputedStyle(handle).transform).m41;
const tell = handle => handle.setAttribute('aria-valuenow', Math.round(100 * place(handle) / (width(handle) || 1)));
const drag = (handle, to) => {
  const box = handle.parentElement.getBoundingClientRect(), y = box.top + box.height / 2;
  const send = (target, kind, x) => target.dispatchEvent(
    new MouseEvent(kind, {bubbles: true, cancelable: true, view: window, clientX: box.left + x, clientY: y}));
  send(handle, 'mousedown', place(handle));
  send(window, 'mousemove', to);
  send(window, 'mouseup', to);
  requestAnimationFrame(() => tell(handle));
};
const mend = () => {
  document.querySelectorAll(`${HANDLE}:not([role=slider])`).forEach(handle => {
    const facts = {role: 'slider', tabindex: 0, 'aria-label': props.line, 'aria-valuemin': 0, 'aria-valuemax': 100};
    Object.entries(facts).forEach(([name, value]) => handle.setAttribute(name, value));
    tell(handle);
  });
  document.querySelectorAll('.thumbnail-item, button.upload-container').forEach(button => {
    const said = (button.querySelector('.caption-label') || button).innerText.trim().replace(/\s+/g, ' ');
    if (said && button.getAttribute('aria-label') !== said) button.setAttribute('aria-label', said);
  });
  document.querySelectorAll('.empty[aria-label]:not([role])').forEach(part => part.setAttribute('role', 'img'));
};
let waits = false;
const later = () => {
  if (waits) return;
  waits = true;
  setTimeout(() => { waits = false; mend(); }, 150);
};
new MutationObserver(later).observe(document.body, {subtree: true, childList: true});
later();
document.addEventListener('focusin', event => { if (event.target.matches?.(HANDLE)) tell(event.target); });
document.addEventListener('keydown', event => {
  const handle = event.target.closest?.(HANDLE);
  if (!handle) return;
  const all = width(handle), at = place(handle), step = all / 40;
  const to = {ArrowLeft: at - step, ArrowDown: at - step, ArrowRight: at + step, ArrowUp: at + step,
              PageDown: at - 4 * step, PageUp: at + 4 * step, Home: 0, End: all}[event.key];
  if (to === undefined) return;
  event.preventDefault();
  drag(handle, Math.max(0, Math.min(all, to)));
});
const TAKES = 'input[type=file][accept*="image"]';
const pictures = () =>
  [...document.querySelectorAll('.block')].filter(part => part.offsetParent && part.querySelector(TAKES));
const pictureOf = data => [...(data?.files || [])].find(file => file.type.startsWith('image/'));
const give = (part, file) => {
  const input = part.querySelector(TAKES), data = new DataTransfer();
  data.items.add(file);
  input.files = data.files;
  input.dispatchEvent(new Event('change', {bubbles: true}));
};
document.addEventListener('paste', event => {
  if (event.defaultPrevented || event.target.closest?.('input, textarea, [contenteditable]')) return;
  const file = pictureOf(event.clipboardData), [part] = pictures();
  if (file && part) give(part, file);
});
const filled = event => {  // an empty one takes files itself
  const part = event.target.closest?.('.block');
  const shows = part && part.querySelector('img') && !part.querySelector('button.upload-container');
  return shows && pictures().includes(part) ? part : null;
};
document.addEventListener('dragover', event => { if (filled(event)) event.preventDefault(); });
document.addEventListener('drop', event => {
  const part = filled(event), file = pictureOf(event.dataTransfer);
  if (!part || event.defaultPrevented) return;
  event.preventDefault();
  if (file) give(part, file);
});
