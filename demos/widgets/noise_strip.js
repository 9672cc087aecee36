const all = () => [...element.querySelectorAll('button[data-k]')];
element.addEventListener('click', event => {
  const button = event.target.closest('button[data-k]');
  if (button) trigger('click', {k: Number(button.dataset.k)});
});
element.addEventListener('keydown', event => {
  const buttons = all(), at = buttons.indexOf(event.target.closest('button[data-k]'));
  const to = {ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: buttons.length - 1}[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  buttons[to]?.focus();
});
