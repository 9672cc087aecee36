const all = () => [...element.querySelectorAll('button[data-key]')];
const focus = button => {
  all().forEach(one => { one.tabIndex = one === button ? 0 : -1; });
  button?.focus();
};
element.addEventListener('click', event => {
  const button = event.target.closest('button[data-key]');
  if (!button) return;
  const key = button.dataset.key, focused = button === document.activeElement;
  props.value = key;
  trigger('input');
  if (focused) requestAnimationFrame(() => {
    if (document.activeElement === document.body) focus(all().find(one => one.dataset.key === key));
  });
});
element.addEventListener('keydown', event => {
  const buttons = all(), at = buttons.indexOf(event.target.closest('button[data-key]'));
  if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
  const columns = buttons.filter(one => one.offsetTop === buttons[0].offsetTop).length;
  const to = {ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns,
              Home: 0, End: buttons.length - 1}[event.key];
  if (to === undefined) return;
  event.preventDefault();
  if (buttons[to]) focus(buttons[to]);
});
