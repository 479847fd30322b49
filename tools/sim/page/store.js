// SPDX-License-Identifier: MIT
// What the page knows: each terminal's latest fields, the host's books, what is in progress, which tab is chosen.

const CHOSEN = "qiandao.terminal";

export class Store {
  constructor() {
    this.terminals = new Map(); // tid -> fields
    this.logs = new Map(); // tid -> text
    this.words = new Map(); // tid -> rows of text on the panel
    this.progress = new Map(); // tid or "" -> {step, text}
    this.host = null;
    this.chosen = "";
    this.awaitsNew = false; // one was asked for: its tab opens when it comes
    this.listeners = new Map();
  }

  /** `action(tid, fields)` after each message of a topic, or "chosen" when another tab is. */
  on(topic, action) {
    this.listeners.set(topic, [...(this.listeners.get(topic) ?? []), action]);
  }

  tell(topic, tid, fields) {
    for (const action of this.listeners.get(topic) ?? []) action(tid, fields);
  }

  get terminal() {
    return this.terminals.get(this.chosen) ?? null;
  }

  take({ topic, tid, ...fields }) {
    if (topic === "gone") {
      this.forget(tid);
      return;
    }
    if (topic === "hello") {
      for (const known of [...this.terminals.keys()]) if (!fields.tids.includes(known)) this.forget(known);
    }
    const isNew = topic === "terminal" && !this.terminals.has(tid);
    if (topic === "terminal" || topic === "port") this.terminals.set(tid, { ...this.terminals.get(tid), ...fields });
    if (topic === "words") this.words.set(tid, fields.rows);
    if (topic === "host") this.host = { ...this.host, ...fields };
    if (topic === "progress") this.progress.set(tid, fields);
    if (topic === "log") this.logs.set(tid, (fields.is_new ? "" : (this.logs.get(tid) ?? "")) + fields.text);
    this.tell(topic, tid, fields);
    if (isNew && this.awaitsNew) this.choose(tid);
    else if (isNew && (!this.terminals.has(this.chosen) || tid === this.kept())) this.show(tid);
  }

  /** The tab that was open before a reload. */
  kept() {
    return sessionStorage.getItem(CHOSEN);
  }

  /** A person's choice, which outlasts a reload. */
  choose(tid) {
    this.awaitsNew = false;
    sessionStorage.setItem(CHOSEN, tid);
    this.show(tid);
  }

  /** "leaving" is told while the old tab is still the chosen one. */
  show(tid) {
    if (this.chosen && this.chosen !== tid) this.tell("leaving", this.chosen, {});
    this.chosen = tid;
    this.tell("chosen", tid, {});
  }

  /** The terminal was taken off the bench. */
  forget(tid) {
    for (const known of [this.terminals, this.logs, this.words, this.progress]) known.delete(tid);
    this.tell("gone", tid, {});
    if (tid === this.chosen) this.choose([...this.terminals.keys()].sort()[0] ?? "");
  }
}
