// Submits the form that asks for a summary, once per tab: the visit itself is a GET, which changes nothing.
export async function start(root) {
  const form = root.querySelector("[data-autostart]");
  const key = `asked ${form.action}`;
  if (sessionStorage.getItem(key)) return;
  sessionStorage.setItem(key, "yes");
  try {
    const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (response.ok) location.reload();
  } catch {
    // The button is still there.
  }
}
