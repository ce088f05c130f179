// Asks before what cannot easily be taken back. The question stands on the form or on the button pressed.
export function start(root) {
  const dialog = root.getElementById("confirm");
  const fill = (id, text) => { root.getElementById(id).textContent = text; };

  root.addEventListener("submit", (event) => {
    const form = event.target;
    const asker = [event.submitter, form].find((element) => element?.dataset.confirm);
    if (!asker || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    fill("confirm-question", asker.dataset.confirm);
    fill("confirm-detail", asker.dataset.confirmDetail);
    fill("confirm-yes", asker.dataset.confirmYes);
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(event.submitter);
      delete form.dataset.confirmed;
    }, { once: true });
    dialog.showModal();
  }, true);
}
