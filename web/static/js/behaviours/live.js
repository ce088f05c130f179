// Keeps a page up to date from its event stream, or by polling where streams do not get through.
import { patch, patchFromPage } from "../patch.js";
import { Status } from "../status.js";

const FIRST_EVENT_TIMEOUT_MS = 10_000; // school web filters hold streams back; then we poll
const POLL_INTERVAL_MS = 5_000;
const STREAM_RETRY_MS = 120_000; // while polling
const MIN_RECONNECT_MS = 1_000;
const MAX_RECONNECT_MS = 30_000;
const MAX_RECONNECTS = 4; // then we poll
const SILENCE_TIMEOUT_MS = 45_000; // three missed pings
const MAX_HIDDEN_MS = 300_000; // then a hidden tab closes its stream

const jitter = (milliseconds) => milliseconds * (0.5 + Math.random());

class Live {
  constructor(root) {
    ({ live: this.url, snapshot: this.pageUrl } = root.dataset);
    this.status = new Status(() => (this.status.state === "paused" ? this.connect() : this.stop("paused")));
    this.failures = 0;
    this.timers = new Set();
    this.listen();
    this.connect();
  }

  listen() {
    let timer = null;
    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      if (this.stopped()) return;
      if (document.hidden) timer = setTimeout(() => this.stop("stale"), MAX_HIDDEN_MS);
      else if (!this.source && !this.polling) this.connect();
    });
    let moving = document.getElementById("counts")?.dataset.moving;
    document.addEventListener("patched", ({ detail }) => {
      if (detail.id !== "counts") return;
      if (detail.dataset.moving === "0" && moving !== "0") this.refreshOnce();
      moving = detail.dataset.moving;
    });
    addEventListener("pagehide", () => this.stop());
    addEventListener("pageshow", (event) => { if (event.persisted && !this.stopped()) this.connect(); });
  }

  stopped() { return ["ended", "paused"].includes(this.status.state); }

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
    this.watch(FIRST_EVENT_TIMEOUT_MS, () => this.poll());
    const heard = () => {
      this.watch(SILENCE_TIMEOUT_MS, () => this.pings && this.reconnect());
      this.failures = 0;
      if (this.status.state !== "live") this.status.show("live");
    };
    source.addEventListener("patch", (event) => { heard(); patch(JSON.parse(event.data).html); });
    source.addEventListener("ping", () => { this.pings = true; heard(); });
    source.addEventListener("end", () => this.end());
    source.addEventListener("error", () => this.source === source && this.reconnect());
  }

  reconnect() {
    this.stop("stale");
    this.failures += 1;
    if (this.failures > MAX_RECONNECTS) { this.poll(); return; }
    const pause = Math.min(MIN_RECONNECT_MS * 2 ** (this.failures - 1), MAX_RECONNECT_MS);
    this.after(jitter(pause), () => this.connect());
  }

  poll() {
    this.stop("polling");
    this.polling = true;
    this.after(jitter(STREAM_RETRY_MS), () => this.connect());
    const round = async () => {
      if (!document.hidden) await this.pollOnce();
      if (this.polling) this.after(jitter(POLL_INTERVAL_MS), round);
    };
    round();
  }

  fetchPage() { return fetch(this.pageUrl, { headers: { accept: "text/html" }, cache: "no-store" }); }

  async pollOnce() {
    try {
      const response = await this.fetchPage();
      if (!response.ok || response.redirected || !this.polling) return;
      if (!patchFromPage(await response.text())) this.end();
      else this.status.show("polling");
    } catch { this.status.show("stale"); }
  }

  // After the last job the part about a next start has changed too, which no stream sends.
  async refreshOnce() {
    const response = await this.fetchPage().catch(() => null);
    if (response?.ok && !response.redirected) patchFromPage(await response.text());
  }

  end() {
    this.stop("ended");
    for (const part of document.querySelectorAll("[data-when-done]")) part.hidden = false;
  }
}

export const start = (root) => new Live(root.querySelector("[data-live]"));
