// SPDX-License-Identifier: MIT
// The drawn terminal: panel, light, keys and power button of the chosen tab.

import { draw, fit } from "./panel.js";
import { has, onLanguage, t } from "./words.js";

const LAYOUT = "123A456B789C*0#D";
const LEGENDS = {
  A: ["功能", "MENU"], B: ["取消", "CANCEL"], C: ["清除", "CLEAR"], D: ["确认", "ENTER"],
  "*": ["↑", "UP"], "#": ["↓", "DOWN"],
};
const KINDS = { A: "menu", B: "cancel", C: "clear", D: "enter", "*": "arrow", "#": "arrow" };

const panel = document.getElementById("panel");
const led = document.getElementById("led");
const state = document.getElementById("state");
const buttons = new Map();

function keyButton(key) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `key ${KINDS[key] ?? "digit"}`;
  button.dataset.key = key;
  const [main, small] = LEGENDS[key] ?? [key, ""];
  const legend = document.createElement("span");
  legend.textContent = main;
  legend.lang = "zh";
  button.append(legend);
  if (small) {
    const under = document.createElement("small");
    under.textContent = small;
    button.append(under);
  }
  return button;
}

/** Lays out the keypad and hands each button to `hands`. */
export function build(hands) {
  const keys = document.getElementById("keys");
  for (const key of LAYOUT) {
    const button = keyButton(key);
    buttons.set(key, button);
    keys.append(button);
    hands.attach(button, key);
  }
  buttons.set("power", document.getElementById("power"));
  hands.attach(buttons.get("power"), "power");
  onLanguage(() => {
    for (const [key, button] of buttons) {
      if (has(`key.${key}`)) button.setAttribute("aria-label", t(`key.${key}`));
    }
  });
}

/** A key goes down or up in the drawing. */
export function showKey(key, isDown) {
  buttons.get(key)?.classList.toggle("down", isDown);
}

/** "steady red" in the page's language. */
export function patternWords(pattern) {
  const [rhythm, ...colours] = (pattern ?? "off").split(" ");
  return t(`led.${rhythm}`, ...colours.map((colour) => t(`colour.${colour}`)));
}

/** Colour and glow of a light whose three channels are 0-255. */
export function paintLight(element, [red, green, blue]) {
  const level = Math.max(red, green, blue) / 255;
  const scale = level ? 1 / level : 0;
  const hue = [red, green, blue].map((part) => Math.round(part * scale));
  element.style.setProperty("--hue", level ? hue.join(" ") : "70 74 80");
  element.style.setProperty("--level", (level ** (1 / 2.2)).toFixed(3)); // the eye's answer to PWM
  element.classList.toggle("lit", level > 0);
}

/** A terminal that is not there. */
export const NOTHING = {
  state: "off", is_lit: false, bits: "", contrast: 0, led: [0, 0, 0], pattern: "off", held: [], resets: 0,
};

let shown = "";

/** Everything that depends on the terminal's fields. */
export function render(terminal) {
  const look = `${terminal.tid} ${terminal.is_lit} ${terminal.contrast} ${panel.width} ${terminal.bits}`;
  if (look !== shown) {
    shown = look;
    draw(panel, terminal);
  }
  panel.dataset.lit = String(terminal.is_lit);
  paintLight(led, terminal.led);
  led.setAttribute("aria-label", t("led", patternWords(terminal.pattern)));
  led.title = patternWords(terminal.pattern);
  for (const [key, button] of buttons) button.classList.toggle("held", terminal.held.includes(key));
  document.getElementById("device").dataset.state = terminal.state;
  const words = [t(`state.${terminal.state}`), t("led", patternWords(terminal.pattern))];
  if (terminal.resets) words.push(t("state.resets", terminal.resets, terminal.cause));
  state.textContent = terminal.tid ? words.join(" · ") : "";
  state.dataset.state = terminal.state;
}

/** As large as the device's glass is, in whole pixels. */
export function resize() {
  const glass = panel.parentElement;
  const style = getComputedStyle(glass);
  fit(panel, glass.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
  shown = "";
}
