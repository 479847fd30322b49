// SPDX-License-Identifier: MIT
// The line to the simulator: comes up again by itself, and says when it is lost.

const FIRST_MS = 250;
const LAST_MS = 3000;

export class Line {
  /** `onMessage(message)` for each thing told, `onState(isUp)` when the line comes up or is lost. */
  constructor(onMessage, onState) {
    this.onMessage = onMessage;
    this.onState = onState;
    this.wait = FIRST_MS;
    this.socket = null;
  }

  open() {
    const socket = new WebSocket(`ws://${location.host}/live`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.wait = FIRST_MS;
      this.onState(true);
    });
    socket.addEventListener("message", (event) => {
      for (const message of JSON.parse(event.data)) this.onMessage(message);
    });
    socket.addEventListener("close", () => {
      this.onState(false);
      setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(this.wait * 1.6, LAST_MS);
    });
  }

  /** False when nobody is there to hear it. */
  send(order) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(order));
    return true;
  }
}
