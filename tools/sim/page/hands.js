// SPDX-License-Identifier: MIT
// The fingers on the terminal: mouse, touch and the computer's keyboard all end in "down" and "up" of a key.
// Whatever goes down comes up again, also when the pointer leaves, the page is hidden or another window is chosen.

/** Keys of the computer and what they press. */
export const KEYBOARD = new Map([
  ...Array.from("0123456789", (digit) => [digit, digit]),
  ["Enter", "D"], ["Escape", "B"], ["Backspace", "C"], ["Delete", "C"],
  ["ArrowUp", "*"], ["ArrowDown", "#"], ["*", "*"], ["#", "#"],
  ["m", "A"], ["a", "A"], ["b", "B"], ["c", "C"], ["d", "D"], ["p", "power"],
]);

/** Keys that a control needs for itself while it has the focus. */
const USED_BY = {
  range: ["ArrowUp", "ArrowDown"],
  radio: ["ArrowUp", "ArrowDown"],
  button: ["Enter"],
};

function isTaken(element, key) {
  if (document.querySelector("dialog[open]")) return true;
  if (!(element instanceof HTMLElement)) return false;
  const kind = element instanceof HTMLButtonElement ? "button" : element.type;
  if (element instanceof HTMLInputElement && !(kind in USED_BY) && kind !== "checkbox") return true;
  if (element.matches(".log, .scroll") && key.startsWith("Arrow")) return true;
  return (USED_BY[kind] ?? []).includes(key);
}

/** A pointer gives the focus to the whole terminal, without the ring that keyboard users need. */
function focusDevice() {
  const device = document.getElementById("device");
  device.classList.add("by-pointer");
  device.focus({ preventScroll: true });
}

export class Hands {
  /** `press(key, isDown)` reaches the terminal; `show(key, isDown)` the drawing. */
  constructor(press, show) {
    this.press = press;
    this.show = show;
    this.fingers = new Map(); // what presses -> key
    this.latched = new Set();
  }

  down(finger, key) {
    if (this.fingers.has(finger)) return;
    const isFirst = !this.isDown(key);
    this.fingers.set(finger, key);
    if (isFirst) this.move(key, true);
  }

  up(finger) {
    const key = this.fingers.get(finger);
    if (key === undefined) return;
    this.fingers.delete(finger);
    if (!this.isDown(key)) this.move(key, false);
  }

  isDown(key) {
    return [...this.fingers.values()].includes(key);
  }

  move(key, isDown) {
    this.press(key, isDown);
    this.show(key, isDown);
  }

  /** Everything is let go. */
  lift() {
    for (const finger of [...this.fingers.keys()]) this.up(finger);
  }

  /** A key that is kept down without a finger, or no longer. */
  latch(key) {
    const finger = `latch ${key}`;
    if (this.fingers.has(finger)) this.up(finger);
    else this.down(finger, key);
  }

  /** A button of the drawing. */
  attach(button, key) {
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault(); // the focus stays with the device, so that Enter goes on meaning 确认
      focusDevice();
      if (event.shiftKey) {
        this.latch(key);
        return;
      }
      this.up(`latch ${key}`);
      button.setPointerCapture(event.pointerId);
      this.down(`pointer ${event.pointerId}`, key);
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      button.addEventListener(name, (event) => this.up(`pointer ${event.pointerId}`));
    }
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    button.addEventListener("keydown", (event) => {
      if ((event.key !== "Enter" && event.key !== " ") || event.repeat) return;
      event.preventDefault();
      event.stopPropagation();
      this.down("button", key);
    });
    button.addEventListener("keyup", (event) => {
      if (event.key === "Enter" || event.key === " ") this.up("button");
    });
    button.addEventListener("blur", () => this.up("button"));
  }

  /** The computer's keyboard, and the moments at which everything is let go. */
  listen() {
    document.addEventListener("keydown", (event) => {
      const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const key = KEYBOARD.get(name);
      if (key === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      if (isTaken(document.activeElement, event.key)) return;
      event.preventDefault();
      if (!event.repeat) this.down(`keyboard ${event.code}`, key);
    });
    document.getElementById("device").addEventListener("blur", (event) => event.target.classList.remove("by-pointer"));
    // A button clicked with the mouse would take the next Enter; it is meant for the terminal.
    document.addEventListener("click", (event) => {
      const isButton = event.detail > 0 && event.target.closest("button") && !event.target.closest("dialog, form");
      if (isButton && !document.querySelector("dialog[open]")) focusDevice();
    });
    for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("close", focusDevice);
    document.addEventListener("keyup", (event) => this.up(`keyboard ${event.code}`));
    window.addEventListener("blur", () => this.lift());
    window.addEventListener("pagehide", () => this.lift());
    document.addEventListener("visibilitychange", () => document.hidden && this.lift());
  }
}
