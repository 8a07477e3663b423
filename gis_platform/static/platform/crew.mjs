// The crew's phone: every tap goes into the outbox first, changes the page at once, and is sent when
// there is a network. The page's own words come from the server: each stop has a card for each state.
import { keepMap } from "./crew_pack.mjs";
import { cookie, h, readJson } from "./dom.mjs";
import { number, word } from "./words.mjs";

const outbox = globalThis.crewOutbox;
const sheet = document.getElementById("crew");
const user = Number(sheet.dataset.user);
const STATE_AFTER = { mulai: "started", selesai: "done", lewati: "skipped" };
const AGAIN_MS = [3000, 6000, 12000, 30000, 60000];
const PHOTO_PX = 1600;
const OPEN = new Set(["planned", "started"]);

let stops = readJson("crew-stops", []);
let waiting = []; // acts that the server has not kept yet
let kept = {}; // states that the server kept, by stop, with the server's moment
let made = readJson("crew-made", 0); // the server's moment of this page: what it kept later is newer
let taking = false; // a tap is on its way into the outbox
let why = ""; // why the last sending stopped
let tries = 0;
let timer = 0;
let drawn = ""; // states as the map shows them

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// ---------------------------------------------------------------- what the page shows

function stateOf(stop) {
  const last = waiting.filter((act) => act.stop === stop.id && !act.refused).at(-1);
  if (last) return STATE_AFTER[last.act];
  return kept[stop.id]?.at > made ? kept[stop.id].state : stop.state;
}

function cardName(stop) {
  return `${stop?.id ?? "none"}/${stop ? stateOf(stop) : ""}`;
}

function card(stop) {
  const chosen = stop
    ? sheet.querySelector(`template[data-card="${stop.id}"][data-state="${stateOf(stop)}"]`)
    : sheet.querySelector('template[data-card="none"]');
  const slot = document.getElementById("crew-card");
  const name = cardName(stop);
  if (!chosen || slot.dataset.shown === name) return;
  slot.replaceChildren(chosen.content.cloneNode(true));
  slot.dataset.shown = name;
}

function list() {
  const unsent = new Set(waiting.map((act) => act.stop));
  for (const stop of stops) {
    const line = sheet.querySelector(`[data-live=list] li[data-stop="${stop.id}"]`);
    if (!line) continue;
    line.classList.remove("planned", "started", "done", "skipped");
    line.classList.add(stateOf(stop));
    const mark = line.querySelector("[data-unsent]");
    if (unsent.has(stop.id) && !mark) line.querySelector("a").after(" ", h("span", { class: "badge warn", dataset: { unsent: "" } }, word("outbox_here")));
    else if (!unsent.has(stop.id)) mark?.remove();
  }
}

function head() {
  let load = 0;
  for (const stop of stops.filter((one) => stateOf(one) === "done")) load = stop.kind === "tip" ? 0 : load + stop.load_l;
  const served = stops.filter((stop) => stop.kind !== "tip" && stateOf(stop) === "done").length;
  sheet.querySelector("[data-done]").textContent = String(served);
  sheet.querySelector("[data-load]").textContent = number(load);
  sheet.querySelector("meter").value = load;
}

function box() {
  const panel = document.getElementById("crew-outbox");
  const refused = waiting.filter((act) => act.refused).length;
  const unsent = waiting.length - refused;
  panel.hidden = !waiting.length;
  panel.dataset.count = String(unsent);
  const reason = unsent && why ? word(`outbox_${why.replace("-", "_")}`) : "";
  const parts = [unsent ? `${unsent} ${word("outbox_unsent")}` : "", refused ? `${refused} ${word("outbox_refused")}` : "", reason];
  panel.querySelector("[data-outbox-line]").textContent = parts.filter(Boolean).join(" · ");
  const said = { mulai: word("act_start"), selesai: word("act_finish"), lewati: word("act_skip") };
  panel.querySelector("[data-outbox-list]").replaceChildren(...waiting.map((act) => h("li", {}, `${said[act.act]}: ${act.label}`,
    act.refused ? h("span", { class: "badge warn" }, act.refused) : null,
    act.refused ? h("button", { type: "button", onclick: () => forget(act) }, word("outbox_forget")) : null)));
  panel.querySelector("[data-outbox-send]").hidden = !unsent;
  if (why === "sign-in") panel.querySelector("[data-outbox-line]").append(" ", h("a", { href: sheet.dataset.signIn }, word("outbox_sign_in_link")));
}

async function paint() {
  [waiting, kept] = [await outbox.acts(user), await outbox.states(user)];
  card(stops.find((stop) => OPEN.has(stateOf(stop))));
  list();
  head();
  box();
  const states = new Map(stops.map((stop) => [stop.id, stateOf(stop)]));
  if (JSON.stringify([...states]) === drawn) return;
  drawn = JSON.stringify([...states]);
  document.dispatchEvent(new CustomEvent("crew:states", { detail: states }));
}

function say(words) {
  const line = document.getElementById("crew-said");
  line.hidden = !words;
  line.textContent = words;
}

// ---------------------------------------------------------------- taps

/** The photo as the proof needs it: upright, 1600 px, without what the camera wrote into it. */
async function smaller(file) {
  try {
    const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, PHOTO_PX / Math.max(whole.width, whole.height));
    const canvas = h("canvas", { width: Math.round(whole.width * scale), height: Math.round(whole.height * scale) });
    canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height);
    const small = await new Promise((yes) => { canvas.toBlob(yes, "image/jpeg", 0.82); });
    return small ?? file;
  } catch {
    return file; // the server's own gate says what is wrong with it
  }
}

/** One tap at a time: a second one on a slow phone is not a second act. */
async function takeOnce(form, submitter) {
  if (taking) return;
  taking = true;
  form.setAttribute("aria-busy", "true");
  try {
    await take(form, submitter);
  } finally {
    taking = false;
    form.removeAttribute("aria-busy");
  }
}

async function take(form, submitter) {
  const stop = stops.find((one) => one.id === Number(form.dataset.stop));
  const photo = form.querySelector("input[type=file]")?.files[0];
  const act = { key: newKey(), user, stop: stop.id, label: stop.label, act: form.dataset.act, at: Date.now(),
    reason: submitter?.name === "sebab" ? submitter.value : "", photo: photo ? await smaller(photo) : null };
  try {
    await outbox.keep(act);
  } catch {
    say(word("outbox_no_room"));
    return;
  }
  const said = { selesai: word("act_finish"), lewati: word("act_skip") }[act.act];
  say(said ? `${said}: ${stop.label}.` : "");
  await paint();
  document.getElementById("crew-card").querySelector("button, summary")?.focus({ preventScroll: true });
  send();
}

async function forget(act) {
  await outbox.drop(act);
  await refresh();
  await paint();
}

// ---------------------------------------------------------------- sending

async function told(act, outcome) {
  if (outcome.kept && outcome.answer.said) say(outcome.answer.said);
  await paint();
}

async function send() {
  clearTimeout(timer);
  const before = waiting.length;
  why = await outbox.flush({ user, url: sheet.dataset.send, token: () => cookie("csrftoken"), told });
  if (before && !why) await refresh();
  await paint();
  const left = waiting.filter((act) => !act.refused).length;
  tries = left ? tries + 1 : 0;
  if (left) {
    timer = setTimeout(send, AGAIN_MS[Math.min(tries, AGAIN_MS.length) - 1]);
    const worker = await navigator.serviceWorker?.getRegistration();
    await worker?.sync?.register("crew-outbox").catch(() => {});
  }
}

/** Take the server's page anew where it stands; a card that stays, stays with the photo in it. */
async function refresh() {
  if (document.getElementById("foto")?.files.length) return;
  let text = "";
  try {
    const reply = await fetch(location.pathname, { headers: { "X-Crew-Page": "yes" }, redirect: "follow" });
    if (!reply.ok || reply.redirected) return;
    text = await reply.text();
  } catch {
    return;
  }
  if (document.getElementById("foto")?.files.length) return; // chosen meanwhile
  const page = new DOMParser().parseFromString(text, "text/html");
  const held = document.getElementById("crew-card");
  for (const part of sheet.querySelectorAll("[data-live]")) {
    const next = page.querySelector(`[data-live=${part.dataset.live}]`);
    if (next) part.replaceChildren(...document.importNode(next, true).childNodes);
  }
  stops = readJson("crew-stops", stops);
  made = readJson("crew-made", made);
  // The camera may be open: the photo must find the card that it was asked for.
  const next = stops.find((stop) => OPEN.has(stateOf(stop)));
  if (held.dataset.shown === cardName(next)) document.getElementById("crew-card").replaceWith(held);
  document.dispatchEvent(new CustomEvent("crew:round"));
  tellReady();
}

// ---------------------------------------------------------------- the app on the phone

function tellReady() {
  const line = sheet.querySelector("[data-ready-line]");
  if (line) line.hidden = sheet.dataset.kept !== "yes";
  sheet.querySelector("[data-copy-line]").hidden = navigator.onLine;
}

async function clearPages() {
  await caches.delete("crew-pages");
}

/** Register the worker, then ask once for everything that the shift needs, so that it is kept. */
async function settle() {
  if (!("serviceWorker" in navigator) || !globalThis.isSecureContext) return;
  if ((await outbox.recall("user")) !== user) await clearPages();
  await outbox.remember("user", user);
  await outbox.remember("url", new URL(sheet.dataset.send, location.href).href);
  await outbox.remember("token", cookie("csrftoken"));
  await navigator.serviceWorker.register(sheet.dataset.worker, { updateViaCache: "none" });
  const { active } = await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) { // the page came before the worker was ready for it
    const taken = new Promise((yes) => { navigator.serviceWorker.addEventListener("controllerchange", yes, { once: true }); });
    active.postMessage("claim");
    await taken;
  }
  const told = readJson("rounds-data");
  const keep = (path, headers = {}) => fetch(path, { headers }).then((answer) => answer.ok, () => false);
  const files = [...sheet.querySelectorAll("a[data-keep]")].map((link) => keep(link.pathname));
  const needed = [keep(location.pathname, { "X-Crew-Page": "yes" }), keep(told.url), keepMap(told).then((kept) => kept || keep(told.pack))];
  const kept = await Promise.all(needed);
  await Promise.all(files);
  sheet.dataset.kept = kept.every(Boolean) ? "yes" : "no";
  tellReady();
  await navigator.storage?.persist?.();
}

function listen() {
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-act]")) {
      event.preventDefault();
      takeOnce(event.target, event.submitter);
    } else if (event.target.action.endsWith("/keluar/")) clearPages();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id !== "foto") return;
    const name = event.target.form.querySelector("[data-photo-name]");
    name.hidden = !event.target.files.length;
    name.textContent = event.target.files[0]?.name ?? "";
  });
  document.querySelector("[data-outbox-send]").addEventListener("click", send);
  outbox.heard.addEventListener("message", paint);
  addEventListener("online", () => { tries = 0; tellReady(); send(); });
  addEventListener("offline", tellReady);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  navigator.serviceWorker?.addEventListener("message", (event) => { if (event.data === "send") send(); });
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    const button = sheet.querySelector("[data-install]");
    button.hidden = false;
    button.addEventListener("click", () => { button.hidden = true; event.prompt(); }, { once: true });
  });
}

for (const field of document.querySelectorAll("[data-send-key]")) field.value = newKey();
try {
  await outbox.open();
  listen(); // without a place to keep acts, the forms go to the server as they are
  await paint();
  tellReady();
  sheet.dataset.ready = "yes";
  send();
  settle();
} catch (fault) {
  console.warn(`outbox: ${fault?.message}`);
}
