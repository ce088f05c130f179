// Shows the state of the connection in words, and the button that pauses it.
export class Status {
  constructor(toggle) {
    this.element = document.querySelector("[data-connection]");
    if (!this.element) return;
    this.text = this.element.querySelector("[data-connection-text]");
    this.pause = this.element.querySelector("[data-live-pause]");
    this.pauseText = this.pause.textContent;
    this.pause.addEventListener("click", toggle);
    this.element.querySelector("[data-live-reload]").hidden = true;
  }

  show(state) {
    this.state = state;
    if (!this.element || this.element.dataset.state === state) return;
    this.element.dataset.state = state;
    this.text.textContent = this.element.dataset[`${state}Text`];
    this.pause.textContent = state === "paused" ? this.pause.dataset.resumeText : this.pauseText;
    this.pause.hidden = state === "ended";
  }
}
