// SPDX-License-Identifier: MIT
// Puts the page together: the line to the simulator, what is known, and the parts that show it.

import * as device from "./device.js";
import { Hands, KEYBOARD } from "./hands.js";
import * as host from "./host.js";
import { Line } from "./line.js";
import * as serial from "./serial.js";
import { Store } from "./store.js";
import * as tabs from "./tabs.js";
import { currentLanguage, has, onLanguage, setLanguage, startLanguage, t } from "./words.js";
import * as world from "./world.js";

const TOAST_MS = 7000;
const byId = (id) => document.getElementById(id);
const store = new Store();
let isUp = false;

/** An order for the chosen terminal. */
function send(order) {
  return line.send({ tid: store.chosen, ...order });
}

function complain(code, text = "") {
  const toast = document.createElement("p");
  toast.textContent = has(`trouble.${code}`) ? t(`trouble.${code}`, text) : text || code;
  byId("toasts").append(toast);
  setTimeout(() => toast.remove(), TOAST_MS);
}

function showLine() {
  document.documentElement.dataset.line = isUp ? "up" : "lost";
  byId("line-words").textContent = t(isUp ? "line.ok" : "line.lost");
  byId("lost").hidden = isUp;
  byId("main").inert = !isUp;
}

/** What is being set up, where the terminal will stand. */
function showProgress() {
  const shop = store.progress.get("") ?? { step: "host" };
  const own = store.progress.get(store.chosen) ?? { step: "" };
  const { step, text } = shop.step ? shop : own;
  byId("progress").hidden = !step;
  byId("progress").dataset.step = step;
  byId("progress-words").textContent = step ? t(`step.${step}`, text) : "";
  byId("device").inert = Boolean(step);
}

function showDevice() {
  const { terminal } = store;
  byId("device-number").textContent = store.chosen ? `No. ${store.chosen}` : "";
  byId("device").dataset.life = terminal?.life ?? 0;
  if (!terminal || terminal.state !== undefined) device.render({ ...(terminal ?? device.NOTHING), tid: store.chosen });
  byId("screen-text").textContent = store.words.get(store.chosen)?.join(", ") ?? "";
}

function showHelp() {
  byId("help-steps").replaceChildren(
    ...[1, 2, 3, 4].map((number) => {
      const item = document.createElement("li");
      item.textContent = t(`help.step${number}`);
      return item;
    }),
  );
  const rows = ["0", "Enter", "Escape", "Backspace", "ArrowUp", "ArrowDown", "m", "p"].map((name) => {
    const row = document.createElement("tr");
    const shown = { 0: "0 – 9", m: "M", p: "P", ArrowUp: "↑", ArrowDown: "↓" }[name] ?? name;
    const key = KEYBOARD.get(name);
    const [left, right] = [document.createElement("th"), document.createElement("td")];
    const cap = document.createElement("kbd");
    cap.textContent = shown;
    left.scope = "row";
    left.append(cap);
    right.textContent = has(`key.${key}`) ? t(`key.${key}`) : "0 – 9";
    row.append(left, right);
    return row;
  });
  byId("help-keys").replaceChildren(...rows);
}

const line = new Line(
  (message) => store.take(message),
  (state) => {
    isUp = state;
    if (!isUp) hands.lift();
    showLine();
  },
);
const hands = new Hands((key, isDown) => send({ do: isDown ? "down" : "up", key }), device.showKey);

store.on("trouble", (_tid, { code, text }) => complain(code, text));
store.on("port", (tid) => tid === store.chosen && showDevice());
store.on("words", (tid) => tid === store.chosen && showDevice());
store.on("progress", showProgress);
store.on("chosen", () => {
  showProgress();
  showDevice();
});
store.on("terminal", (tid, fields) => {
  if (tid === store.chosen) showDevice();
  if (fields.fault) complain("board", fields.fault);
});
store.on("leaving", () => hands.lift());

device.build(hands);
hands.listen();
tabs.start(store);
world.start(store, send);
host.start(store);
serial.start(store, send, complain);

byId("add").addEventListener("click", () => {
  store.awaitsNew = line.send({ do: "add", language: currentLanguage() });
});
byId("language").addEventListener("click", () => setLanguage(currentLanguage() === "zh" ? "en" : "zh"));
byId("help-open").addEventListener("click", () => byId("help").showModal());
window.addEventListener("resize", () => {
  device.resize();
  showDevice();
});

startLanguage();
onLanguage(() => {
  byId("language").textContent = t("language");
  showLine();
  showProgress();
  showDevice();
  showHelp();
});
device.resize();
line.open();
