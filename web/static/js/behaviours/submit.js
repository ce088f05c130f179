// Keeps a second click from submitting a form twice.
export function start(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-submit-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-disabled", "true");
  });
  // The back button shows the page as it was left.
  addEventListener("pageshow", () => {
    root.querySelectorAll("[data-sent]").forEach((form) => { delete form.dataset.sent; });
    root.querySelectorAll("button[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
  });
}
