const opens = element.querySelector('.opens'), menu = element.querySelector('.menu');
const items = [...menu.querySelectorAll('button')];
const shut = () => menu.matches(':popover-open') && menu.hidePopover();
const show = () => {
  menu.showPopover();
  const box = opens.getBoundingClientRect(), high = menu.offsetHeight;
  const below = box.bottom + 4 + high < innerHeight || box.top < high + 4;
  menu.style.top = `${below ? box.bottom + 4 : box.top - high - 4}px`;
  menu.style.left = `${Math.max(4, Math.min(box.left, innerWidth - menu.offsetWidth - 4))}px`;
  items[0].focus({preventScroll: true});
};
const bring = selector => {
  const until = performance.now() + 2500;
  const look = () => {
    const all = [...document.querySelectorAll(selector)];
    const seen = all.find(part => part.getClientRects().length), box = seen?.getBoundingClientRect();
    const whole = box?.height && box.top >= 0 && Math.min(box.bottom, box.top + 200) <= innerHeight;
    if (box?.height && !whole) seen.scrollIntoView({block: 'center', behavior: 'instant'});
    if (performance.now() < until) setTimeout(look, 250);
  };
  const stop = () => { selector = '.nothing-any-more'; };
  ['wheel', 'touchmove', 'keydown'].forEach(kind => addEventListener(kind, stop, {once: true, passive: true}));
  look();
};
opens.addEventListener('pointerdown', () => { opens.wasOpen = menu.matches(':popover-open'); });
opens.addEventListener('click', () => { if (opens.wasOpen) shut(); else show(); opens.wasOpen = false; });
menu.addEventListener('toggle', event => {
  opens.setAttribute('aria-expanded', event.newState === 'open');
  if (event.newState === 'open') addEventListener('scroll', shut, {once: true, passive: true});
});
menu.addEventListener('click', event => {
  const item = event.target.closest('[data-key]');
  if (!item) return;
  shut();
  props.value = item.dataset.key;
  trigger('input');
  bring(item.dataset.seen);
});
menu.addEventListener('keydown', event => {
  const at = items.indexOf(document.activeElement), last = items.length - 1;
  const to = {ArrowDown: at < last ? at + 1 : 0, ArrowUp: at > 0 ? at - 1 : last, Home: 0, End: last}[event.key];
  if (to !== undefined) { event.preventDefault(); items[to].focus(); }
  if (event.key === 'Escape' || event.key === 'Tab') { shut(); opens.focus(); }
});
