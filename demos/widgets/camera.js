const sentences = {
  NotAllowedError: 'The camera was refused. Allow it in your browser (the sign beside the address), then try again; ' +
                   'a photo works without it.',
  NotFoundError: 'There is no camera on this device; use a photo or a video instead.',
  NotReadableError: 'The camera is used by another program; close that one and try again.',
};
const say = name => { if (sentences[name]) element.querySelector('.camera').textContent = sentences[name]; };
if (!navigator.mediaDevices) element.querySelector('.camera').textContent =
  'Browsers give the camera to https pages only; use a photo or a video instead.';
window.addEventListener('unhandledrejection', event => {
  if (!element.isConnected || !(event.reason instanceof DOMException) || !sentences[event.reason.name]) return;
  event.preventDefault();
  say(event.reason.name);
});
document.addEventListener('play', event => {
  if (event.target.tagName === 'VIDEO') element.querySelector('.camera').textContent = '';
}, true);
