// Asks before a form does what cannot easily be undone. The question is on the form or on its button.
export function start(root) {
  const dialog = root.getElementById("confirm");
  const fill = (id, text) => { root.getElementById(id).textContent = text; };

  root.addEventListener("submit", (event) => {
    const form = event.target;
    const source = [event.submitter, form].find((element) => element?.dataset.confirm);
    if (!source || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    fill("confirm-question", source.dataset.confirm);
    fill("confirm-detail", source.dataset.confirmDetail);
    fill("confirm-yes", source.dataset.confirmYes);
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
