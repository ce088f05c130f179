// Puts new drawings of elements in place of old ones: by id, never an older one, never under the reader's hands.

const waiting = new Map(); // id → drawing that waits until the focus has left the element

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

// Versions sort as text (web/pages/shared/view.py). What has none is always taken, and so is the same version
// again: a place in line changes while the job itself does not.
function isCurrent(fresh, old) {
  const version = fresh.dataset.v;
  const holder = old.closest("[data-v]");
  return !version || !holder || version >= holder.dataset.v;
}

// Bars go on from where they were, so that they glide instead of jump.
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

// html: {element id: html}, as web/live/render.py makes it.
export function patch(html) {
  Object.values(html).map(parse).forEach(put);
}

// The same page, fetched again: whatever of it can change is put in place.
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
