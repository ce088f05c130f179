// The print button, which is of no use without this.
export function start(root) {
  const button = root.querySelector("[data-print]");
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
