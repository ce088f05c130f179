// The box that selects everyone on the page, and how many are selected.
export function start(root) {
  const form = root.querySelector("[data-select]");
  const label = form.querySelector("[data-selected]");
  if (!label) return;
  const bar = label.closest(".toolbar");
  const nobody = label.textContent;
  const all = () => form.querySelector("[data-select-all]");
  const boxes = () => [...form.querySelectorAll("tbody input[type='checkbox']")];

  function count() {
    const chosen = boxes().filter((box) => box.checked).length;
    const { one, many } = label.dataset;
    label.textContent = chosen === 0 ? nobody : chosen === 1 ? one : many.replace("{n}", chosen);
    bar.toggleAttribute("data-count", chosen > 0);
    const head = all();
    if (!head) return;
    head.hidden = false;
    head.checked = chosen > 0 && chosen === boxes().length;
    head.indeterminate = chosen > 0 && !head.checked;
  }

  form.addEventListener("change", (event) => {
    if (event.target === all()) boxes().forEach((box) => { box.checked = event.target.checked; });
    count();
  });
  root.addEventListener("filtered", count);
  addEventListener("pageshow", count);
  count();
}
