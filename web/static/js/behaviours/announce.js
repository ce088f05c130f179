// Speaks through the page's one status line: at each quarter or change of state, at most every ten seconds.
const EVERY = 10_000;

export function start(root) {
  const line = root.getElementById("announcer");
  let said = root.querySelector("[data-said]")?.dataset.said;
  let spokeAt = -EVERY;
  let timer = null;
  let next = "";

  const speak = () => {
    timer = null;
    spokeAt = performance.now();
    line.textContent = next;
  };

  root.addEventListener("patched", ({ detail }) => {
    const { said: now, say } = detail.dataset;
    if (!now || now === said) return;
    said = now;
    next = say;
    timer ??= setTimeout(speak, Math.max(0, spokeAt + EVERY - performance.now()));
  });
}
