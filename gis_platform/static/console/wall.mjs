// The room's screen: views take turns, the map goes from island to island, numbers follow the feed.
import { createMap, legend, liveTiles, readConfig } from "../platform/map.mjs";
import { calmly } from "../platform/dom.mjs";
import { tellAges } from "../platform/shell.mjs";

const TURN_MS = 20000;
const AGAIN_MS = 30000; // numbers are asked for so often, whatever the feed says
const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;
const RELOAD_MS = 6 * HOUR_MS; // a page that stands for weeks begins anew now and then
const ORDER = ["angka", "peta-laporan", "terbaru", "peta-sarana", "kesehatan"];

const views = document.getElementById("views");
const parts = document.getElementById("parts");
const map = views.querySelector(".wall-map");
const pause = document.getElementById("pause");
const config = readConfig();
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
let city = null;
let at = 0;
let island = 0;
let timer = 0;
let running = !still;

const zone = document.documentElement.dataset.zone;
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
const tick = () => { document.getElementById("clock").textContent = clock.format(new Date()); };

function nameOf(view) {
  if (view === "peta-laporan") return map.dataset.nameReports;
  if (view === "peta-sarana") return map.dataset.nameAssets;
  return parts.querySelector(`[data-view="${view}"]`)?.dataset.name ?? "";
}

/** Draw the layers of a view, say their marks, and go to the next island. */
async function draw(kind) {
  if (!city) return;
  const wanted = config.rotation[kind];
  const now = Date.now();
  city.setWindow([new Date(now - Number(map.dataset.days) * DAY_MS), new Date(now + HOUR_MS)]);
  for (const slug of Object.values(config.rotation).flat()) city.show(slug, wanted.includes(slug));
  legend(document.getElementById("wall-legend"), wanted.map((slug) => city.layers.get(slug)).filter(Boolean));
  const places = config.islands;
  if (!places.length) return;
  const { bounds, name } = places[island % places.length];
  island += 1;
  document.getElementById("view-name").textContent = `${nameOf(`peta-${kind}`)} · ${name}`;
  city.fit(bounds, { padding: 40 });
}

function show(number) {
  at = (number + ORDER.length) % ORDER.length;
  const view = ORDER[at];
  views.dataset.now = view;
  document.getElementById("view-name").textContent = nameOf(view);
  if (view.startsWith("peta-")) {
    city?.map.resize();
    draw(view.slice(5));
  }
  clearTimeout(timer);
  if (running) timer = setTimeout(() => show(at + 1), TURN_MS);
}

/** Ask for the numbers; a session that ended is said, for nothing on the screen is new any more. */
async function refresh() {
  const answer = await fetch(views.dataset.parts).catch(() => null);
  if (!answer) return;
  const out = answer.redirected && new URL(answer.url).pathname === views.dataset.signIn;
  document.getElementById("signed-out").hidden = !out;
  if (out || !answer.ok) return;
  parts.innerHTML = await answer.text();
  tellAges(parts);
}

function turn(yes) {
  running = yes;
  pause.textContent = yes ? pause.dataset.pause : pause.dataset.play;
  pause.setAttribute("aria-pressed", String(!yes));
  show(at);
}

pause.addEventListener("click", () => turn(!running));
document.getElementById("next").addEventListener("click", () => show(at + 1));
document.addEventListener("keydown", (event) => {
  if (event.target.closest("button, a, input")) return;
  if (event.key === "ArrowRight") show(at + 1);
  else if (event.key === "ArrowLeft") show(at - 1);
  else if (event.key === " ") turn(!running);
  else return;
  event.preventDefault();
});

tick();
setInterval(tick, 5000);
turn(running);
createMap(document.getElementById("map"), { ...config, hash: false, legend: false, chips: false, measure: false, shown: [], timed: ["reports"] })
  .then((made) => {
    city = made;
    show(at);
  })
  .catch(() => { ORDER.splice(0, ORDER.length, ...ORDER.filter((view) => !view.startsWith("peta-"))); show(0); });
liveTiles(() => city, { onChange: calmly(refresh, 400) });
setInterval(refresh, AGAIN_MS);
setTimeout(async () => {
  const answer = await fetch(location.href).catch(() => null);
  if (answer?.ok && !answer.redirected) location.reload();
}, RELOAD_MS);
