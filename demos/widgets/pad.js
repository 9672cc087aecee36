let held = false;
const steps = {ArrowLeft: [-2, 0], ArrowRight: [2, 0], ArrowUp: [0, -2], ArrowDown: [0, 2]};
const clip = x => Math.max(0, Math.min(100, x));
const wrap = x => ((x % 100) + 100) % 100;
const tell = place => { props.value = place; trigger('input'); };
const follow = event => {
  const box = element.querySelector('.pad').getBoundingClientRect();
  tell({x: clip(100 * (event.clientX - box.left) / box.width), y: clip(100 * (event.clientY - box.top) / box.height)});
};
element.addEventListener('pointerdown', event => {
  if (!event.target.closest('.pad')) return;
  event.preventDefault();
  held = true;
  element.setPointerCapture(event.pointerId);
  follow(event);
});
element.addEventListener('pointermove', event => { if (held) follow(event); });
const drop = () => { if (held) { held = false; trigger('submit'); } };
element.addEventListener('pointerup', drop);
element.addEventListener('pointercancel', drop);
element.addEventListener('keydown', event => {
  const step = steps[event.key];
  if (!step || !event.target.closest('.mark')) return;
  event.preventDefault();
  const at = props.value || {x: 50, y: 50};
  tell({x: wrap(at.x + step[0]), y: clip(at.y + step[1])});
  requestAnimationFrame(() => element.querySelector('.mark')?.focus());
});
element.addEventListener('keyup', event => {
  if (steps[event.key] && event.target.closest('.mark')) trigger('submit');
});
