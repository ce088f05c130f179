// The checkbox that selects every row, and the number of selected rows.
export function start(root) {
  const form = root.querySelector("[data-select]");
  const label = form.querySelector("[data-selected]");
  if (!label) return;
  const toolbar = label.closest(".toolbar");
  const emptyText = label.textContent;
  const selectAll = () => form.querySelector("[data-select-all]");
  const rows = () => [...form.querySelectorAll("tbody input[type='checkbox']")];

  function update() {
    const selected = rows().filter((row) => row.checked).length;
    const { one, many } = label.dataset;
    label.textContent = selected === 0 ? emptyText : selected === 1 ? one : many.replace("{n}", selected);
    toolbar.toggleAttribute("data-count", selected > 0);
    const all = selectAll();
    if (!all) return;
    all.hidden = false;
    all.checked = selected > 0 && selected === rows().length;
    all.indeterminate = selected > 0 && !all.checked;
  }

  form.addEventListener("change", (event) => {
    if (event.target === selectAll()) rows().forEach((row) => { row.checked = event.target.checked; });
    update();
  });
  root.addEventListener("filtered", update);
  addEventListener("pageshow", update);
  update();
}
