// Keeps a page up to date from its stream, reconnects by itself, and polls where streams do not get through.
import { patch, patchFromPage } from "../patch.js";
import { Status } from "../status.js";

const FIRST_BYTE = 10_000; // school web filters hold streams back; then we poll
const POLL_EVERY = 5_000;
const RETRY_FROM = 1_000;
const RETRY_MOST = 30_000;
const STREAM_AGAIN = 120_000; // while polling, try the stream again now and then
const SILENCE = 45_000; // three missed pings
const HIDDEN_MOST = 300_000; // a tab that nobody looks at lets go of its stream

const jitter = (milliseconds) => milliseconds * (0.5 + Math.random());

class Live {
  constructor(root) {
    ({ live: this.url, snapshot: this.snapshot } = root.dataset);
    this.status = new Status(() => (this.status.state === "paused" ? this.connect() : this.stop("paused")));
    this.failures = 0;
    this.timers = new Set();
    this.bind();
    this.connect();
  }

  bind() {
    let unseen = null;
    document.addEventListener("visibilitychange", () => {
      clearTimeout(unseen);
      if (this.over()) return;
      if (document.hidden) unseen = setTimeout(() => this.stop("stale"), HIDDEN_MOST);
      else if (!this.source && !this.polling) this.connect();
    });
    let moving = document.getElementById("counts")?.dataset.moving;
    document.addEventListener("patched", ({ detail }) => {
      if (detail.id !== "counts") return;
      if (detail.dataset.moving === "0" && moving !== "0") this.settle();
      moving = detail.dataset.moving;
    });
    addEventListener("pagehide", () => this.stop());
    addEventListener("pageshow", (event) => { if (event.persisted && !this.over()) this.connect(); });
  }

  over() { return ["ended", "paused"].includes(this.status.state); }

  after(milliseconds, action) { this.timers.add(setTimeout(action, milliseconds)); }

  watch(milliseconds, action) {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(action, milliseconds);
  }

  stop(state) {
    this.source?.close();
    this.source = null;
    this.polling = false;
    clearTimeout(this.watchdog);
    this.timers.forEach(clearTimeout);
    this.timers.clear();
    if (state) this.status.show(state);
  }

  connect() {
    this.stop();
    const source = (this.source = new EventSource(this.url));
    this.watch(FIRST_BYTE, () => this.poll());
    const heard = () => {
      this.watch(SILENCE, () => this.pings && this.retry());
      this.failures = 0;
      if (this.status.state !== "live") this.status.show("live");
    };
    for (const name of ["patch", "counts"]) {
      source.addEventListener(name, (event) => { heard(); patch(JSON.parse(event.data).html); });
    }
    source.addEventListener("ping", () => { this.pings = true; heard(); });
    source.addEventListener("end", () => this.end());
    source.addEventListener("error", () => this.source === source && this.retry());
  }

  retry() {
    this.stop("stale");
    this.failures += 1;
    if (this.failures > 4) { this.poll(); return; }
    const pause = Math.min(RETRY_FROM * 2 ** (this.failures - 1), RETRY_MOST);
    this.after(jitter(pause), () => this.connect());
  }

  poll() {
    this.stop("polling");
    this.polling = true;
    this.after(jitter(STREAM_AGAIN), () => this.connect());
    const round = async () => {
      if (!document.hidden) await this.fetchOnce();
      if (this.polling) this.after(jitter(POLL_EVERY), round);
    };
    round();
  }

  async fetchOnce() {
    try {
      const answer = await fetch(this.snapshot, { headers: { accept: "text/html" }, cache: "no-store" });
      if (!answer.ok || answer.redirected || !this.polling) return;
      if (!patchFromPage(await answer.text())) this.end();
      else this.status.show("polling");
    } catch { this.status.show("stale"); }
  }

  // When the last one is done, what the page says before a start has changed too; no stream brings that.
  async settle() {
    const answer = await fetch(this.snapshot, { headers: { accept: "text/html" }, cache: "no-store" }).catch(() => null);
    if (answer?.ok && !answer.redirected) patchFromPage(await answer.text());
  }

  end() {
    this.stop("ended");
    for (const part of document.querySelectorAll("[data-when-done]")) part.hidden = false;
  }
}

export const start = (root) => new Live(root.querySelector("[data-live]"));
