element.addEventListener('click', event => {
  const button = event.target.closest('button[data-key]');
  if (!button) return;
  props.value = button.dataset.key;
  trigger('input');
});
