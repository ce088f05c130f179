// Announces data-say of a patched element to screen readers when its data-said changes, at most every 10 s.
const MIN_INTERVAL_MS = 10_000;

export function start(root) {
  const line = root.getElementById("announcer");
  let announced = root.querySelector("[data-said]")?.dataset.said;
  let spokenAt = -MIN_INTERVAL_MS;
  let timer = null;
  let text = "";

  const announce = () => {
    timer = null;
    spokenAt = performance.now();
    line.textContent = text;
  };

  root.addEventListener("patched", ({ detail }) => {
    const { said, say } = detail.dataset;
    if (!said || said === announced) return;
    announced = said;
    text = say;
    timer ??= setTimeout(announce, Math.max(0, spokenAt + MIN_INTERVAL_MS - performance.now()));
  });
}
