const front = element.querySelector('.front'), strip = front.querySelector('ul');
const links = [...front.querySelectorAll('a[data-tab]')];
const button = id => document.getElementById(`${id}-button`);
const open = id => button(id)?.getAttribute('aria-selected') === 'true';
const current = () => {
  const inside = links.filter(link => open(`tab-${link.dataset.tab}`));
  return inside.find(link => open(link.dataset.mode)) || inside[0];
};
const more = () => {
  strip.classList.toggle('before', strip.scrollLeft > 4);
  strip.classList.toggle('more', strip.scrollWidth - strip.clientWidth - strip.scrollLeft > 4);
};
const center = link => {
  const place = link.parentElement;
  strip.scrollLeft = place.offsetLeft - strip.offsetLeft - (strip.clientWidth - place.offsetWidth) / 2;
  more();
};
let last = null, wanted = null;
const press = (link, tries) => {  // a tab is built when it is opened for the first time
  const mode = button(link.dataset.mode);
  if (mode) mode.click();
  else if (tries && wanted === link) setTimeout(press, 50, link, tries - 1);
};
const follow = () => {
  const now = current();
  if (!now || now === last) return;
  if (last || now !== links[0]) front.classList.add('small');
  links.forEach(link => link === now ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current'));
  last = now;
  center(now);
};
front.addEventListener('click', event => {
  const link = event.target.closest('a[data-tab]'), before = current();
  if (event.ctrlKey || event.metaKey || event.shiftKey || !before) return;
  if (event.target.closest('.skip')) {
    event.preventDefault();
    const title = document.querySelector(`#tab-${before.dataset.tab} h2`);
    title.focus();
    title.scrollIntoView();
  }
  if (!link) return;
  event.preventDefault();
  button(`tab-${link.dataset.tab}`).click();
  wanted = link;
  if (link !== before && link.dataset.mode) press(link, 100);
  front.classList.add('small');
  scrollTo({top: 0, behavior: 'instant'});
  center(link);
});
strip.addEventListener('scroll', more, {passive: true});
new ResizeObserver(more).observe(strip);
const chosen = new MutationObserver(follow);
const built = new MutationObserver(() => {
  if (!current()) return;
  built.disconnect();
  chosen.observe(document.body, {subtree: true, childList: true, attributeFilter: ['aria-selected']});
  follow();
});
built.observe(document.body, {subtree: true, childList: true});
