// Searches while the user types: fetches the page of the search, and shows its address.
const PAUSE_MS = 250;

export function start(root) {
  const form = root.querySelector("[data-filter]");
  const target = form.dataset.filter;
  let timer = null;
  let request = null;

  async function search() {
    request?.abort();
    request = new AbortController();
    const fields = [...new FormData(form)].filter(([, value]) => value !== "");
    const query = new URLSearchParams(fields).toString();
    const address = form.action + (query ? `?${query}` : "");
    try {
      const response = await fetch(address, { signal: request.signal, headers: { accept: "text/html" } });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const results = page.getElementById(target);
      if (!results) return;
      root.getElementById(target).replaceWith(document.importNode(results, true));
      history.replaceState(null, "", address);
      root.dispatchEvent(new CustomEvent("filtered"));
    } catch (error) {
      if (error.name !== "AbortError") form.submit();
    }
  }

  const soon = () => { clearTimeout(timer); timer = setTimeout(search, PAUSE_MS); };
  form.addEventListener("input", soon);
  const input = form.querySelector("[type=search]");
  if (input.value !== input.defaultValue) soon(); // typed before this was loaded
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); search(); });
}
