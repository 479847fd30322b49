// SPDX-License-Identifier: MIT
// The bench: a card for each terminal with its panel in small, its light and its state.

import { paintLight } from "./device.js";
import { draw } from "./panel.js";
import { onLanguage, t } from "./words.js";

const list = document.getElementById("tabs");
const cards = new Map();

function makeCard(store, tid) {
  const card = document.createElement("button");
  card.type = "button";
  card.className = "tab";
  card.setAttribute("role", "tab");
  card.dataset.tid = tid;
  const mini = document.createElement("canvas");
  mini.width = 128;
  mini.height = 64;
  mini.setAttribute("aria-hidden", "true");
  const words = document.createElement("span");
  words.className = "tab-words";
  const title = document.createElement("b");
  const state = document.createElement("span");
  const light = document.createElement("i");
  light.className = "led small";
  words.append(title, state);
  card.append(mini, words, light);
  card.addEventListener("click", () => store.choose(tid));
  card.addEventListener("keydown", (event) => walk(store, event));
  const after = [...cards.keys()].sort().find((other) => other > tid);
  list.insertBefore(card, after ? cards.get(after).card : null);
  cards.set(tid, { card, mini, title, state, light });
  return cards.get(tid);
}

/** Left and right go from card to card. */
function walk(store, event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const order = [...cards.keys()].sort();
  const next = order[(order.indexOf(store.chosen) + step + order.length) % order.length];
  store.choose(next);
  cards.get(next).card.focus();
}

function render(store, tid) {
  const terminal = store.terminals.get(tid);
  const parts = cards.get(tid) ?? makeCard(store, tid);
  const step = store.progress.get(tid)?.step;
  parts.title.textContent = tid;
  parts.state.textContent = step ? t(`step.${step}`) : terminal?.state ? t(`state.${terminal.state}.brief`) : "";
  parts.card.setAttribute("aria-label", `${t("tab", tid)}, ${parts.state.textContent}`);
  if (terminal?.led) {
    draw(parts.mini, terminal);
    paintLight(parts.light, terminal.led);
  }
  choose(store);
}

function choose(store) {
  for (const [tid, { card }] of cards) {
    const isChosen = tid === store.chosen;
    card.setAttribute("aria-selected", String(isChosen));
    card.tabIndex = isChosen ? 0 : -1;
  }
}

export function start(store) {
  store.on("terminal", (tid) => render(store, tid));
  store.on("progress", (tid) => tid && render(store, tid));
  store.on("chosen", () => choose(store));
  store.on("gone", (tid) => {
    cards.get(tid)?.card.remove();
    cards.delete(tid);
  });
  onLanguage(() => {
    for (const tid of cards.keys()) render(store, tid);
  });
}
