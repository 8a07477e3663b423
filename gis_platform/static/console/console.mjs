// The operator's desk: a live queue, a report's details, verdicts by key, a map beside it.
import { createMap, liveTiles, mapTimeline, readConfig } from "../platform/map.mjs";
import { calmly, h, post } from "../platform/dom.mjs";
import { showPane, tellAges } from "../platform/shell.mjs";
import { word } from "../platform/words.mjs";

const queue = document.getElementById("queue");
const pane = document.getElementById("details");
const body = document.getElementById("details-body");
const announce = document.getElementById("announce");
let selected = 0;
let city = null;
let timeline = null;
let busy = false;
let placing = null;

const rows = () => [...queue.querySelectorAll("li[data-id]")];
const rowOf = (id) => queue.querySelector(`li[data-id="${id}"]`);
const article = () => body.querySelector("article[data-id]");
const url = (template, id) => template.replace("/0/", `/${id}/`);
const place = (element) => element?.dataset.at?.split(" ").map(Number);

/** Where the queue's reports lie: the same filtered set as the list. */
function places() {
  const address = new URL(queue.dataset.places, location.href);
  address.search = location.search;
  return address.href;
}

/** Ask for the queue again; rows that were not there pulse once. */
async function refresh({ force = false } = {}) {
  const seq = force ? "" : queue.querySelector("[data-seq]")?.dataset.seq ?? "";
  const address = new URL(queue.dataset.url, location.href);
  address.search = location.search;
  address.searchParams.set("since", seq);
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok || answer.status === 204) return;
  const before = new Set(rows().map((row) => row.dataset.id));
  queue.innerHTML = await answer.text();
  let arrived = 0;
  for (const row of rows()) {
    if (before.has(row.dataset.id)) continue;
    row.classList.add("is-new");
    arrived += 1;
  }
  mark();
  city?.setData("queue", places());
  tellAges(queue);
  if (arrived) announce.textContent = `+${arrived}`;
  const shown = article();
  const row = shown && rowOf(shown.dataset.id);
  if (row && row.dataset.version !== shown.dataset.version && !typing() && !busy) open(Number(shown.dataset.id), false);
}

const refreshSoon = calmly(refresh, 60);
const typing = () => /^(TEXTAREA|INPUT|SELECT)$/.test(document.activeElement?.tagName ?? "");

function mark() {
  for (const row of rows()) {
    const here = Number(row.dataset.id) === selected;
    row.classList.toggle("is-selected", here);
    if (here) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

/** Show a report's details (and its place on the map). */
async function open(id, focus = true) {
  selected = id;
  mark();
  const row = rowOf(id);
  row?.scrollIntoView({ block: "nearest" });
  const answer = await fetch(url(queue.dataset.detail, id));
  if (!answer.ok || selected !== id) return;
  body.innerHTML = await answer.text();
  pane.hidden = false;
  document.querySelector(".mappage").classList.add("has-details");
  tellAges(body);
  const at = place(article());
  if (at) city?.point(at, { zoom: 15 });
  else city?.unpoint();
  if (focus) pane.focus({ preventScroll: true });
}

function neighbour(step) {
  const all = rows();
  const here = selected || Number(document.activeElement.closest("#queue li")?.dataset.id);
  const at = all.findIndex((row) => Number(row.dataset.id) === here);
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))];
  if (next) open(Number(next.dataset.id));
}

function fault(sentence) {
  const line = body.querySelector(".fault");
  if (!line) return;
  line.textContent = sentence;
  line.hidden = !sentence;
}

function fields(name) {
  const shown = article();
  const value = (field) => shown.querySelector(`[name=${field}]`)?.value ?? "";
  const sent = { langkah: name, versi: shown.dataset.version };
  if (["teruskan", "alihkan", "buka_kembali_kerja"].includes(name)) sent.instansi = value("instansi") || shown.dataset.agency;
  if (name === "duplikat") sent.induk = shown.dataset.main;
  if (name === "sahkan") {
    sent.kata_umum = value("kata_umum");
    if (shown.querySelector("[name=foto_umum]")?.checked) sent.foto_umum = "1";
  }
  return sent;
}

/** Send one move; the next report follows once this one is decided. */
async function step(name, more = {}) {
  const shown = article();
  if (!shown || busy) return;
  busy = true;
  const id = Number(shown.dataset.id);
  const all = rows();
  const after = all[all.findIndex((row) => Number(row.dataset.id) === id) + 1];
  try {
    const answer = await send(`${url(queue.dataset.detail, id)}langkah`, { ...fields(name), ...more });
    if (!answer.ok) return fault(answer.body.title);
    announce.textContent = `${answer.body.number}: ${answer.body.label}`;
    busy = false;
    await refresh({ force: true });
    const next = answer.body.decided && after ? Number(after.dataset.id) : id;
    await open(next);
  } finally {
    busy = false;
  }
}

async function send(address, sent) {
  const form = new FormData();
  for (const [name, value] of Object.entries(sent)) form.append(name, value);
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(address, { method: "POST", body: form,
    headers: { "X-CSRFToken": token, Accept: "application/json" } });
  return { ok: answer.ok, body: await answer.json().catch(() => ({ title: String(answer.status) })) };
}

/** A move that needs words asks for them in place. */
function ask(button) {
  const { ask: note, askReason: reason, askMain: main, step: name } = button.dataset;
  const question = note ?? reason ?? main;
  if (!question) return step(name);
  const form = body.querySelector("form.ask");
  const field = note ? "catatan" : reason ? "alasan" : "induk";
  form.hidden = false;
  form.querySelector(".ask-label").textContent = question;
  const box = form.querySelector("textarea");
  box.value = "";
  box.focus();
  form.onsubmit = (event) => {
    event.preventDefault();
    if (box.value.trim()) step(name, { [field]: box.value.trim() });
  };
  return undefined;
}

/** The next click on the map is the report's place; by keys: arrows, then Enter for the ring in the middle. */
function startPlacing(id, hint) {
  if (!city) return;
  placing = id;
  showPane("map");
  city.notice(hint);
  city.map.getCanvas().style.cursor = "crosshair";
  city.map.getCanvas().focus();
  city.map.on("move", ringMiddle);
  ringMiddle();
}

const ringMiddle = () => city.point(city.map.getCenter(), { go: false });

function stopPlacing() {
  const id = placing;
  placing = null;
  city.map.off("move", ringMiddle);
  city.map.getCanvas().style.cursor = "";
  city.unpoint();
  return id;
}

function placeAt({ lng, lat }) {
  const id = stopPlacing();
  if (Number(article()?.dataset.id) === id) step("pasang_lokasi", { lon: lng, lat });
}

/** Escape ends one thing at a time: placing, a question, a field; the details only after those. */
function onEscape(event) {
  if (event.key !== "Escape" || document.getElementById("keys").open) return;
  const form = body.querySelector("form.ask:not([hidden])");
  if (placing) stopPlacing();
  else if (form?.contains(document.activeElement)) form.hidden = true;
  else if (!typing()) return;
  event.preventDefault();
  if (pane.hidden) document.activeElement.blur();
  else pane.focus({ preventScroll: true });
}

function onClick(event) {
  const link = event.target.closest(".queue a, a[data-open]");
  if (link) {
    event.preventDefault();
    return open(Number(link.dataset.open ?? link.closest("li").dataset.id));
  }
  const button = event.target.closest("[data-step]");
  if (button) return ask(button);
  if (event.target.closest("[data-cancel]")) body.querySelector("form.ask").hidden = true;
  if (event.target.closest("[data-place]")) startPlacing(Number(article().dataset.id), event.target.closest("[data-place]").dataset.place);
  const order = event.target.closest("[data-order]");
  if (order) makeOrder(order);
  return undefined;
}

async function makeOrder(button) {
  const answer = await post(button.dataset.order);
  const made = await answer.json();
  button.textContent = answer.ok ? `✓ ${made.kind} #${made.order}` : made.title;
  button.disabled = answer.ok;
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing()) {
    if (event.key === "Enter" && !event.shiftKey && event.target.closest("form.ask")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
    return;
  }
  if (document.getElementById("keys").open) return;
  if (event.key === "Enter" && placing && event.target.closest(".map")) return void placeAt(city.map.getCenter());
  if (event.key === "Enter" && event.target.closest("a, button, summary, .map")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const button = body.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const acts = {
    j: () => neighbour(1), k: () => neighbour(-1), m: () => showPane("map"),
    f: () => document.querySelector("#filters select").focus(),
    p: () => body.querySelector("[name=foto_umum]")?.click(),
    "?": () => document.getElementById("keys").showModal(),
  };
  const act = acts[key] ?? (button && (() => ask(button)));
  if (!act) return;
  event.preventDefault();
  act();
}

async function startMap() {
  try {
    city = await createMap(document.getElementById("map"), { ...readConfig(), onSelect: (features) => {
      const ids = features.map(({ source, id, properties }) => (source === "queue" ? properties.pk : source === "reports" ? id : 0));
      const found = ids.find((id) => id && rowOf(id));
      if (found) open(Number(found));
      return Boolean(found) || features.every((feature) => feature.source === "queue");
    } });
    city.addData("queue", places(), [{ id: "queue", type: "circle", metadata: { slot: "slot-label" },
      paint: { "circle-radius": 10, "circle-color": "#16202a", "circle-opacity": 0, "circle-stroke-color": "#16202a", "circle-stroke-width": 2 } }]);
    city.container.querySelector(".legend-body")?.prepend(
      h("p", { class: "legend-note queue-key" }, h("span", { class: "ring", "aria-hidden": "true" }), word("in_queue")));
    city.map.on("click", ({ lngLat }) => { if (placing) placeAt(lngLat); });
    timeline = await mapTimeline(city, document.getElementById("timeline"), { slug: "reports", unit: word("reports_unit"), first: "d7" });
  } catch (error) {
    console.warn(error);
  }
}

async function health() {
  const strip = document.getElementById("health");
  const answer = await fetch(strip.dataset.url).catch(() => null);
  if (!answer?.ok) return;
  strip.innerHTML = await answer.text();
  tellAges(strip);
}

document.addEventListener("click", onClick);
document.addEventListener("keydown", onEscape, true);
document.addEventListener("keydown", onKey);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
addEventListener("pageshow", (event) => { if (event.persisted) refresh({ force: true }); });
setInterval(refreshSoon, 20000); // a lost event never costs more than this
setInterval(health, 60000);
pane.addEventListener("closed", () => {
  const row = rowOf(selected);
  selected = 0;
  mark();
  if (document.activeElement === document.body || pane.contains(document.activeElement)) row?.querySelector("a").focus();
});
liveTiles(() => city, { onChange: (layer) => {
  if (layer && layer !== "reports") return;
  refreshSoon();
  timeline?.refresh();
} });
document.documentElement.dataset.console = "ready";
startMap();
