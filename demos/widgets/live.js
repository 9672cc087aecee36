const times = [];
watch('value', () => {
  const now = performance.now(), output = element.querySelector('output');
  times.push(now);
  while (times[0] < now - 2000) times.shift();
  if (output && times.length > 3) {
    const rate = (times.length - 1) / (now - times[0]) * 1000;
    output.textContent = `${rate.toFixed(rate < 9.95 ? 1 : 0)} frames a second`;
  }
});
