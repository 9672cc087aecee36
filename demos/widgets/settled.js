let timer = null;
document.addEventListener('change', event => {
  if (!element.isConnected || !event.target.closest?.(props.part)) return;
  clearTimeout(timer);
  timer = setTimeout(() => trigger('input'), props.wait_ms);
}, true);
