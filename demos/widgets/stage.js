// Dragging turns the two sliders that the properties name: half a turn over the width of the picture.
// (Gradio takes whatever stands in quotes here for the name of an event, so those names do not.)
const range = selector => document.querySelector(`${selector} input[type=range]`);
const within = (slider, value) => Math.max(+slider.min, Math.min(+slider.max, Math.round(value)));
const around = (slider, value) => {
  const whole = slider.max - slider.min;
  return +slider.min + ((Math.round(value) - slider.min) % whole + whole) % whole;
};
const set = (slider, value) => {
  if (+slider.value === value) return;
  slider.value = value;
  slider.dispatchEvent(new Event('input', {bubbles: true}));
};
let from = null;
element.addEventListener('pointerdown', event => {
  const stage = event.target.closest('.stage'), [across, down] = [range(props.across), range(props.down)];
  if (!stage || !across || !down || event.button) return;
  stage.setPointerCapture(event.pointerId);
  stage.classList.add('turning');
  from = {stage, across, down, x: event.clientX, y: event.clientY, turn: +across.value, rise: +down.value};
});
element.addEventListener('pointermove', event => {
  if (!from) return;
  const width = from.stage.clientWidth;
  set(from.across, around(from.across, from.turn - 180 * (event.clientX - from.x) / width));
  set(from.down, within(from.down, from.rise + 90 * (event.clientY - from.y) / width));
});
const done = () => {
  if (!from) return;
  from.stage.classList.remove('turning');
  from.across.dispatchEvent(new Event('change', {bubbles: true}));
  from = null;
};
element.addEventListener('pointerup', done);
element.addEventListener('pointercancel', done);
