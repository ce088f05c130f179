// Shows the print button, which does nothing without scripts.
export function start(root) {
  const button = root.querySelector("[data-print]");
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
