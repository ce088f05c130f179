// Searches while one types: fetches the same page for the new address and keeps that address in the bar.
const PAUSE = 250;

export function start(root) {
  const form = root.querySelector("[data-filter]");
  const target = form.dataset.filter;
  let timer = null;
  let running = null;

  async function search() {
    running?.abort();
    running = new AbortController();
    const given = [...new FormData(form)].filter(([, value]) => value !== "");
    const query = new URLSearchParams(given).toString();
    const address = form.action + (query ? `?${query}` : "");
    try {
      const answer = await fetch(address, { signal: running.signal, headers: { accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(target);
      if (!fresh) return;
      root.getElementById(target).replaceWith(document.importNode(fresh, true));
      history.replaceState(null, "", address);
      root.dispatchEvent(new CustomEvent("filtered"));
    } catch (fault) {
      if (fault.name !== "AbortError") form.submit();
    }
  }

  const soon = () => { clearTimeout(timer); timer = setTimeout(search, PAUSE); };
  form.addEventListener("input", soon);
  const words = form.querySelector("[type=search]");
  if (words.value !== words.defaultValue) soon(); // typed before this was loaded
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); search(); });
}
