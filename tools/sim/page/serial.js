// SPDX-License-Identifier: MIT
// The serial line of the chosen terminal: what it says, and a line to type into it.

const MOST = 60_000; // characters that are kept
const NEAR = 24; // pixels from the end that still count as reading along
const LINE_BYTES = 96;

const log = document.getElementById("log");
const form = document.getElementById("line-form");
const input = document.getElementById("line-input");
const typed = [];
let recalled = 0;

function show(text, isMore) {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  if (!isMore || log.textContent.length > MOST) log.textContent = text;
  else log.append(isMore);
  if (isAtEnd || !isMore) log.scrollTop = log.scrollHeight;
}

/** Up and down bring back what was typed. */
function recall(event) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  recalled = Math.min(Math.max(recalled + step, 0), typed.length);
  input.value = typed[recalled] ?? "";
}

export function start(store, send, complain) {
  store.on("log", (tid, { text, is_new: isNew }) => {
    const kept = (store.logs.get(tid) ?? "").slice(-MOST);
    store.logs.set(tid, kept);
    if (tid === store.chosen) show(kept, isNew ? "" : text);
  });
  const path = () => {
    document.getElementById("port").textContent = store.terminal?.path ?? "";
  };
  store.on("port", path);
  store.on("chosen", (tid) => {
    show(store.logs.get(tid) ?? "", "");
    path();
  });
  input.addEventListener("keydown", recall);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const line = input.value;
    if (new TextEncoder().encode(line).length > LINE_BYTES) {
      complain("line");
      return;
    }
    if (!send({ do: "line", line })) return;
    typed.push(line);
    recalled = typed.length;
    input.value = "";
  });
}
