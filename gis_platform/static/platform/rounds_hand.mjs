// The dispatcher's hand on a plan: stops move by drag, by keys and by a menu; each change is checked
// by the server at once, which answers with the list as it is now, or with the rule that it would break.
import { cookie, h, readJson } from "./dom.mjs";
import { word } from "./words.mjs";

const list = document.getElementById("rounds-list");
const urls = readJson("rounds-data");
const said = document.getElementById("hand-said");
const undo = document.getElementById("hand-undo");
const menu = document.getElementById("hand-menu");
const DRAG_FROM_PX = 6;
const EDGE_PX = 48;

let busy = false;
let back = []; // how to take each change back, the newest last

// ---------------------------------------------------------------- what stands where

const rounds = () => [...list.querySelectorAll("details.round")];
const rowsOf = (round) => [...round.querySelectorAll("li[data-stop]")];
const numberOf = (round) => round.dataset.round;

/** Where a stop stands: its round, and the stop behind it ("" at the end). */
function placeOf(row) {
  const next = row.nextElementSibling?.closest("li[data-stop]");
  return { rute: numberOf(row.closest("details.round")), sebelum: next?.dataset.stop ?? "" };
}

function rowOf(id) {
  return list.querySelector(`li[data-stop="${id}"]`);
}

// ---------------------------------------------------------------- asking

function say(words, fault = false) {
  said.textContent = words;
  said.classList.toggle("fault", fault);
}

async function send(url, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) body.append(name, one);
  const token = cookie("csrftoken") || document.querySelector("[name=csrfmiddlewaretoken]").value;
  const reply = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token, Accept: "application/json" } }).catch(() => null);
  const answer = await reply?.json().catch(() => null);
  return { ok: Boolean(reply?.ok && answer?.html), answer, words: answer?.title ?? word("outbox_server") };
}

/** Show the list that came, with the same rounds open and the same stop in hand. */
function show(answer, focus) {
  const open = new Map(rounds().map((round) => [numberOf(round), round.open]));
  const page = new DOMParser().parseFromString(answer.html, "text/html");
  list.replaceChildren(...document.importNode(page.body, true).childNodes);
  for (const round of rounds()) if (open.has(numberOf(round))) round.open = open.get(numberOf(round));
  document.getElementById("plan-figures").replaceChildren(
    ...document.importNode(new DOMParser().parseFromString(answer.figures, "text/html").body, true).childNodes);
  const row = focus && rowOf(focus);
  if (row) {
    row.closest("details").open = true;
    row.querySelector("[data-grip]")?.focus();
    row.scrollIntoView({ block: "nearest" });
    row.classList.add("fresh");
  }
  document.dispatchEvent(new CustomEvent("crew:round"));
}

/** Ask for a change; `undoing` is the change that takes it back. Gives what the server answered, or null. */
async function change(url, fields, undoing = null, focus = null) {
  if (busy) return null;
  busy = true;
  list.setAttribute("aria-busy", "true");
  const { ok, answer, words } = await send(url, fields);
  busy = false;
  list.removeAttribute("aria-busy");
  say(ok ? answer.said : words, !ok);
  if (!ok) return null;
  const made = typeof undoing === "function" ? undoing(answer) : undoing;
  if (made) back = [...back, made];
  undo.hidden = !back.length;
  show(answer, focus ?? answer.stop);
  return answer;
}

function move(row, to) {
  const { rute, sebelum } = placeOf(row);
  const id = row.dataset.stop;
  return change(urls.move, { perhentian: id, ...to }, { url: urls.move, fields: { perhentian: id, rute, sebelum } }, id);
}

function putIn(row, to) {
  return change(urls.move, { tak: row.dataset.left, ...to }, (answer) => ({ url: urls.out, fields: { perhentian: answer.stop } }));
}

function takeOut(row) {
  const { rute, sebelum } = placeOf(row);
  const id = row.dataset.stop;
  const beside = (row.nextElementSibling ?? row.previousElementSibling)?.closest("li[data-stop]")?.dataset.stop;
  return change(urls.out, { perhentian: id }, ({ left }) => ({ url: urls.move, fields: { tak: left, rute, sebelum }, was: id }), beside);
}

/** The rest in order anew; the answer brings along what takes it back. */
const redo = () => change(urls.redo, {}, ({ order }) => order && { url: urls.semula, fields: { semula: order } });

function lock(ids, locked) {
  const one = (yes) => ({ perhentian: ids, kunci: yes ? "1" : "0" });
  return change(urls.lock, one(locked), { url: urls.lock, fields: one(!locked) }, ids.length === 1 ? ids[0] : null);
}

/** A stop that came back after it was out is a new row: what else can be undone speaks of that one. */
function renamed(entry, was, now) {
  const other = (id) => (Array.isArray(id) ? id.map(other) : id === was ? now : id);
  return { ...entry, fields: Object.fromEntries(Object.entries(entry.fields).map(([name, id]) => [name, other(id)])) };
}

async function takeBack() {
  const last = back.at(-1);
  const answer = last && await change(last.url, last.fields, null, last.fields.perhentian);
  if (!answer) return;
  back = back.slice(0, -1);
  if (last.was) back = back.map((entry) => renamed(entry, last.was, String(answer.stop)));
  undo.hidden = !back.length;
}

// ---------------------------------------------------------------- keys

/** One place up (-1) or down (1) in the same round. */
function step(row, by) {
  const rows = rowsOf(row.closest("details.round"));
  const target = rows.indexOf(row) + by;
  if (target < 0 || target >= rows.length) return;
  const before = by < 0 ? rows[target] : rows[target + 1];
  move(row, { rute: placeOf(row).rute, sebelum: before?.dataset.stop ?? "" });
}

/** To the vehicle before or after, where it costs least there. */
function across(row, by) {
  const all = rounds();
  const next = all[all.indexOf(row.closest("details.round")) + by];
  if (next) move(row, { rute: numberOf(next), terbaik: "1" });
}

const KEYS = {
  ArrowUp: (row) => step(row, -1), ArrowDown: (row) => step(row, 1), ArrowLeft: (row) => across(row, -1), ArrowRight: (row) => across(row, 1),
  k: (row) => lock([row.dataset.stop], !row.classList.contains("locked")), Delete: takeOut,
};

list.addEventListener("keydown", (event) => {
  if (!event.target.matches("[data-grip]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = event.target.closest("li[data-stop]");
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const act = row ? KEYS[key] : null;
  if (!act && key !== "u") return;
  event.preventDefault();
  if (act) act(row); else takeBack();
});

// ---------------------------------------------------------------- the menu (touch, and one hand)

function offer(row) {
  const stop = row.dataset.stop;
  const here = row.closest("details.round");
  const choice = (words, act) => h("button", { type: "button", onclick: () => { menu.close(); act(); } }, words);
  const vehicles = rounds().filter((round) => round !== here).map((round) => choice(`${word("to_vehicle")} ${round.dataset.vehicle}`,
    () => (stop ? move(row, { rute: numberOf(round), terbaik: "1" }) : putIn(row, { rute: numberOf(round) }))));
  const tip = row.classList.contains("tip");
  const own = stop ? [choice(word("one_up"), () => step(row, -1)), choice(word("one_down"), () => step(row, 1))] : [];
  const out = stop && !tip ? [choice(word("take_out"), () => takeOut(row))] : [];
  document.getElementById("hand-menu-title").textContent = row.dataset.label;
  menu.querySelector("[data-choices]").replaceChildren(...own, ...(tip ? [] : vehicles), ...out);
  menu.showModal();
}

// ---------------------------------------------------------------- drag

let drag = null; // {row, x, y, on, goal}

/** What lies under the pointer: a stop to stand before, a round, or the list of those left out. */
function under(x, y) {
  const found = document.elementFromPoint(x, y);
  if (!found || !list.contains(found)) return null;
  const row = found.closest("li[data-stop]");
  if (row) {
    const box = row.getBoundingClientRect();
    const half = y > box.top + box.height / 2;
    const before = half ? row.nextElementSibling?.closest("li[data-stop]") : row;
    return { mark: row, after: half, to: { rute: numberOf(row.closest("details.round")), sebelum: before?.dataset.stop ?? "" } };
  }
  const round = found.closest("details.round");
  if (round) return { mark: round.querySelector("summary"), after: true, to: { rute: numberOf(round), terbaik: "1" } };
  const out = found.closest("[data-out]");
  return out ? { mark: out, after: false, out: true } : null;
}

function unmark() {
  for (const marked of list.querySelectorAll(".drop-before, .drop-after")) marked.classList.remove("drop-before", "drop-after");
}

function scrollAlong(y) {
  const pane = document.getElementById("pane-list");
  const box = pane.getBoundingClientRect();
  if (y < box.top + EDGE_PX) pane.scrollTop -= EDGE_PX / 3;
  if (y > box.bottom - EDGE_PX) pane.scrollTop += EDGE_PX / 3;
}

list.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip || event.button) return;
  drag = { grip, row: grip.closest("li"), x: event.clientX, y: event.clientY, on: false, goal: null };
  grip.setPointerCapture(event.pointerId);
});

list.addEventListener("pointermove", (event) => {
  if (!drag) return;
  if (!drag.on && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < DRAG_FROM_PX) return;
  drag.on = true;
  drag.row.classList.add("dragged");
  scrollAlong(event.clientY);
  unmark();
  drag.goal = under(event.clientX, event.clientY);
  drag.goal?.mark.classList.add(drag.goal.after ? "drop-after" : "drop-before");
});

function drop(dropped) {
  if (!drag) return;
  const { row, on, goal } = drag;
  drag = null;
  row.classList.remove("dragged");
  unmark();
  if (!dropped) return;
  if (!on) offer(row);
  else if (goal?.out && row.dataset.stop) takeOut(row);
  else if (goal?.to && goal.to.sebelum !== row.dataset.stop) (row.dataset.stop ? move : putIn)(row, goal.to);
}

list.addEventListener("pointerup", () => drop(true));
list.addEventListener("pointercancel", () => drop(false));

// Before the list's own click, which shows the stop on the map (and on a phone leaves the list).
list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-grip], [data-lock], [data-lock-all]");
  if (!button) return;
  event.stopPropagation();
  const row = button.closest("li");
  if (button.matches("[data-grip]")) {
    if (!event.detail) offer(row); // Enter or a screen reader; a pointer has its own way above
  } else if (button.matches("[data-lock]")) lock([row.dataset.stop], !row.classList.contains("locked"));
  else lock(rowsOf(button.closest("details.round")).filter((one) => one.matches(".planned:not(.tip)")).map((one) => one.dataset.stop), button.dataset.lockAll === "1");
}, true);
undo.addEventListener("click", takeBack);
document.getElementById("redo-form").addEventListener("submit", (event) => {
  event.preventDefault();
  redo();
});
list.dataset.ready = "yes";
