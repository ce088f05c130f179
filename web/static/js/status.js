// What the reader sees of the connection: its state in words, and the button that pauses it.
export class Status {
  constructor(toggle) {
    this.box = document.querySelector("[data-connection]");
    if (!this.box) return;
    this.text = this.box.querySelector("[data-connection-text]");
    this.pause = this.box.querySelector("[data-live-pause]");
    this.pauseText = this.pause.textContent;
    this.pause.addEventListener("click", toggle);
    this.box.querySelector("[data-live-reload]").hidden = true;
  }

  show(state) {
    this.state = state;
    if (!this.box || this.box.dataset.state === state) return;
    this.box.dataset.state = state;
    this.text.textContent = this.box.dataset[`${state}Text`];
    this.pause.textContent = state === "paused" ? this.pause.dataset.resumeText : this.pauseText;
    this.pause.hidden = state === "ended";
  }
}
