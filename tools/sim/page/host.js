// SPDX-License-Identifier: MIT
// The host's view: operators with their test PINs, the open batch and its records, sign-ins, notices.

import { has, onLanguage, t } from "./words.js";

const place = document.getElementById("host");

function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Minor units as an amount. */
function amount(minor) {
  const sign = minor < 0 ? "-" : "";
  const digits = String(Math.abs(minor)).padStart(3, "0");
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Words for a number of things, which some languages say otherwise for one. */
function counted(name, count, ...values) {
  return t(count === 1 && has(`${name}.one`) ? `${name}.one` : name, count, ...values);
}

function table(heads, rows, className) {
  const body = make("tbody", "", ...rows.map((row) => make("tr", "", ...row.map((cell) => make("td", "", cell)))));
  const head = make("thead", "", make("tr", "", ...heads.map((words) => make("th", "", words))));
  for (const cell of head.querySelectorAll("th")) cell.scope = "col";
  return make("table", className, ...(heads.length ? [head] : []), body);
}

function operatorRow(row) {
  let status = "";
  if (row.locked_min) status = t("host.locked", row.locked_min);
  else if (!row.is_enabled) status = t("answer.62");
  const pin = make("code", "pin", row.pin || "······");
  return [make("code", "", row.number), row.name, t(`role.${row.role}`), pin, make("span", "bad", status)];
}

function operators({ operators: rows }) {
  const heads = ["host.number", "host.name", "host.role", "host.pin", "host.status"].map((name) => t(name));
  return make("section", "pins", make("h3", "", t("host.operators")), table(heads, rows.map(operatorRow)));
}

function recordRow(row) {
  const kind = has(`kind.${row.kind}`) ? t(`kind.${row.kind}`) : row.kind;
  return [make("code", "", String(row.stan).padStart(6, "0")), row.at, kind, make("b", "money", amount(row.amount_minor))];
}

function batch(host, tid) {
  const title = make("h3", "", t("host.batch"));
  const row = host.terminals.find((terminal) => terminal.tid === tid);
  const parts = [title];
  if (row?.open) {
    const number = String(row.open.number).padStart(6, "0");
    const sum = counted("host.records", row.open.count, amount(row.open.amount_minor));
    title.append(make("span", "tag", `${number} · ${sum}`));
    if (row.records.length) parts.push(table([], row.records.map(recordRow).reverse(), "records"));
  } else {
    parts.push(make("p", "none", t("host.none", tid)));
  }
  if (row?.closed) {
    const balance = make("span", row.closed.is_balanced ? "good" : "bad", t(row.closed.is_balanced ? "done" : "done.not"));
    const number = String(row.closed.number).padStart(6, "0");
    parts.push(make("p", "none", counted("host.closed", row.closed.count, amount(row.closed.amount_minor), number), " ", balance));
  }
  return make("section", "", ...parts);
}

function signInRow(row) {
  const isGood = row.result === "00";
  const name = `answer.${row.result}`;
  const answer = isGood && row.how ? t(`how.${row.how}`) : isGood ? t("in") : has(name) ? t(name) : row.result;
  const className = isGood ? (row.how ? "none" : "good") : "bad";
  return [row.at, make("code", "", row.tid), `${row.operator} ${row.name}`, make("span", className, answer)];
}

function signIns({ sign_ins: rows }) {
  const list = rows.length ? table([], rows.map(signInRow), "sign-ins") : make("p", "none", t("host.empty"));
  return make("section", "", make("h3", "", t("host.signins")), list);
}

function notices({ notices: rows }) {
  const items = rows.map((row) => make("li", "", make("b", "", row.title), " ", row.body));
  const list = items.length ? make("ul", "notices", ...items) : make("p", "none", t("host.empty"));
  return make("section", "", make("h3", "", t("host.notices")), list);
}

function render(store) {
  const { host } = store;
  if (!host) {
    place.replaceChildren(make("p", "none", t("host.waits")));
    return;
  }
  place.replaceChildren(operators(host), batch(host, store.chosen), signIns(host), notices(host));
}

export function start(store) {
  for (const topic of ["host", "chosen"]) store.on(topic, () => render(store));
  onLanguage(() => render(store));
}
