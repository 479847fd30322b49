// SPDX-License-Identifier: MIT
// What surrounds the chosen terminal: battery, Wi-Fi, its supply, the factory, and the customer's phone.

import { draw } from "./panel.js";
import { currentLanguage, onLanguage, t } from "./words.js";

const byId = (id) => document.getElementById(id);
const volts = byId("volts");
const supply = byId("supply");
const says = byId("phone-says");
const renewal = byId("renew");
const LOW = 3.5;
const scans = new Map(); // tid -> last outcome

function render({ terminal }) {
  const isHere = terminal?.state !== undefined;
  for (const control of document.querySelectorAll(".middle button, .middle input")) control.disabled = !isHere;
  supply.textContent = t(terminal?.state === "off" ? "supply.restore" : "supply.cut");
  if (!isHere) return;
  if (document.activeElement !== volts || !volts.matches(":active")) volts.value = terminal.volts;
  byId("volts-shown").textContent = `${Number(volts.value).toFixed(2)} V`;
  byId("volts-shown").classList.toggle("bad", volts.value < LOW);
  for (const radio of document.querySelectorAll("input[name=wifi]")) radio.checked = radio.value === terminal.wifi;
  const isOff = terminal.state === "off";
  supply.classList.toggle("danger", !isOff);
  supply.classList.toggle("main", isOff);
  draw(byId("finder"), terminal);
}

function renderPhone(store) {
  const seen = scans.get(store.chosen) ?? { outcome: "idle" };
  says.dataset.outcome = seen.outcome;
  says.textContent = t(`phone.${seen.outcome}`, seen.outcome === "paid" ? seen.words || seen.code : seen.words || seen.code);
}

function startRenewal(store, send) {
  byId("renew-open").addEventListener("click", () => {
    byId("renew-title").textContent = t("renew.title", store.chosen);
    byId("renew-provision").checked = true;
    byId("renew-bench").checked = false;
    renewal.returnValue = "";
    renewal.showModal();
  });
  renewal.addEventListener("close", () => {
    if (renewal.returnValue === "remove") send({ do: "remove" });
    if (renewal.returnValue !== "yes") return;
    const [isProvisioned, isBench] = [byId("renew-provision").checked, byId("renew-bench").checked];
    send({ do: "renew", is_provisioned: isProvisioned, is_bench: isBench, language: currentLanguage() });
  });
  byId("renew-provision").addEventListener("change", ({ target }) => (byId("renew-bench").disabled = !target.checked));
}

export function start(store, send) {
  const again = () => render(store);
  store.on("terminal", (tid) => tid === store.chosen && again());
  store.on("chosen", () => {
    again();
    renderPhone(store);
  });
  store.on("scan", (tid, seen) => {
    scans.set(tid, seen);
    renderPhone(store);
  });
  onLanguage(() => {
    again();
    renderPhone(store);
  });
  volts.addEventListener("input", () => {
    byId("volts-shown").textContent = `${Number(volts.value).toFixed(2)} V`;
    send({ do: "volts", volts: Number(volts.value) });
  });
  for (const radio of document.querySelectorAll("input[name=wifi]")) {
    radio.addEventListener("change", () => send({ do: "wifi", mode: radio.value }));
  }
  supply.addEventListener("click", () => send({ do: "power", is_on: store.terminal.state === "off" }));
  byId("scan").addEventListener("click", () => {
    scans.set(store.chosen, { outcome: "looking" });
    renderPhone(store);
    send({ do: "scan" });
  });
  startRenewal(store, send);
}
