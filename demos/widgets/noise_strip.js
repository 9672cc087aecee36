element.addEventListener('click', event => {
  const button = event.target.closest('button[data-k]');
  if (button) trigger('click', {k: Number(button.dataset.k)});
});
