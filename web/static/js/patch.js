// Replaces elements by newer ones with the same id, but never while the focus is inside.

const waiting = new Map(); // id → element that waits until the focus has left the old one

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

// Versions are compared as text (web/pages/shared/view.py). Elements without one, or with the same one, are
// taken: a position in the queue changes while the job does not.
function isCurrent(fresh, old) {
  const version = fresh.dataset.v;
  const holder = old.closest("[data-v]");
  return !version || !holder || version >= holder.dataset.v;
}

// A new progress bar begins where the old one was, and glides on.
function glide(old, fresh) {
  const before = old.querySelector("progress");
  const bar = fresh.querySelector("progress");
  if (!before || !bar || before.value > bar.value) return;
  const value = bar.value;
  bar.value = before.value;
  requestAnimationFrame(() => requestAnimationFrame(() => { bar.value = value; }));
}

function swap(old, fresh) {
  if (old.outerHTML === fresh.outerHTML) return;
  if (old.contains(document.activeElement) && document.activeElement !== document.body) {
    waiting.set(old.id, fresh);
    return;
  }
  glide(old, fresh);
  old.replaceWith(fresh);
  document.dispatchEvent(new CustomEvent("patched", { detail: fresh }));
}

// A new element is added to the list that its data-into names.
function add(fresh) {
  const list = fresh.dataset.into && document.getElementById(fresh.dataset.into);
  if (!list || !isCurrent(fresh, list)) return;
  fresh.classList.add("fresh");
  list.append(fresh);
}

function put(fresh) {
  if (!fresh || !fresh.id) return;
  const old = document.getElementById(fresh.id);
  if (!old) add(fresh);
  else if (isCurrent(fresh, waiting.get(fresh.id) ?? old)) swap(old, fresh);
}

// html is {element id: html}, as web/live/render.py makes it.
export function patch(html) {
  Object.values(html).map(parse).forEach(put);
}

// Takes every part that can change from the page, fetched again. Returns whether it is still live.
export function patchFromPage(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const fresh of page.querySelectorAll("#counts, [data-part], [data-v][id], [id^='sum-']")) {
    if (!fresh.parentElement.closest("[data-v]")) put(document.importNode(fresh, true));
  }
  return page.querySelector("[data-live]") !== null;
}

document.addEventListener("focusout", () => {
  queueMicrotask(() => {
    for (const [id, fresh] of [...waiting]) {
      const old = document.getElementById(id);
      if (old && old.contains(document.activeElement)) continue;
      waiting.delete(id);
      if (old) swap(old, fresh);
    }
  });
});
