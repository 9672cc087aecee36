let from = null;
const clip = x => Math.max(0, Math.min(100, x));
const place = (square, across, down) => {
  square.style.left = (100 - parseFloat(square.style.width)) * across / 100 + '%';
  square.style.top = (100 - parseFloat(square.style.height)) * down / 100 + '%';
};
const moved = event => {
  const free = [element.querySelector('.crop').clientWidth - from.square.offsetWidth,
                element.querySelector('.crop').clientHeight - from.square.offsetHeight];
  return {across: clip(from.across + (free[0] > 0 ? 100 * (event.clientX - from.x) / free[0] : 0)),
          down: clip(from.down + (free[1] > 0 ? 100 * (event.clientY - from.y) / free[1] : 0))};
};
const tell = change => { props.value = {...props.value, ...change}; trigger('input'); };
element.addEventListener('pointerdown', event => {
  const square = event.target.closest('.square');
  if (!square) return;
  square.setPointerCapture(event.pointerId);
  from = {x: event.clientX, y: event.clientY, square, across: props.value.across, down: props.value.down};
});
element.addEventListener('pointermove', event => {
  if (from) { const to = moved(event); place(from.square, to.across, to.down); }
});
element.addEventListener('pointerup', event => {
  if (!from) return;
  const to = moved(event);
  from = null;
  tell(to);
});
element.addEventListener('pointercancel', () => { from = null; props.value = {...props.value}; });
element.addEventListener('keydown', event => {
  const step = {ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5]}[event.key];
  if (!step || !event.target.closest('.square')) return;
  event.preventDefault();
  tell({across: clip(props.value.across + step[0]), down: clip(props.value.down + step[1])});
  requestAnimationFrame(() => element.querySelector('.square')?.focus());
});
