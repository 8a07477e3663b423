// The live feed: a changed row redraws the tiles it touches, and tells the page; a break is shown with its hour.
import { readJson } from "./dom.mjs";
import { refreshTouched } from "./touched.mjs";
import { hour, word } from "./words.mjs";

const QUIET_MS = 45000; // the server is heard from every 15 s: longer silence is a broken stream
const GATHER_MS = 120; // events that follow closely redraw together

function tell(live, since) {
  for (const line of document.querySelectorAll("[data-live-status]")) {
    line.classList.toggle("is-cut", !live);
    line.textContent = live ? `${word("data")} ${hour(new Date())} · ${word("live")}` : `${word("cut")} ${since}`;
  }
}

/**
 * Follow the change feed of everything the person may see: {layer, tiles, seq}, or "resync".
 * `city` is a CityMap or a function that answers one (or nothing yet). `onChange(layer, tiles)` is
 * told too: tiles null means the whole layer, none a row without a place; layer null: anything.
 * Answers {close()}.
 *
 * A stream goes on from the last number this page knows, first that of the page itself: what changed
 * while it loaded, slept or was offline comes by replay, or, when that is too much, by "resync".
 */
export function liveTiles(city, { onChange } = {}) {
  const here = typeof city === "function" ? city : () => city;
  const redraw = redrawer(here);
  let seq = readJson("map-config", {}).seq ?? 0;
  let feed = null;
  let cutSince = "";
  let timer = 0;
  let heardAt = Date.now();
  let closed = false;
  const again = (wait_ms) => { clearTimeout(timer); if (!closed) timer = setTimeout(connect, wait_ms); };
  const heard = (event) => {
    heardAt = Date.now();
    seq = Math.max(seq, Number(event.lastEventId) || 0);
    cutSince = "";
    tell(true);
  };
  const take = (event) => {
    const change = JSON.parse(event.data);
    heard(event);
    redraw(change.layer, change.tiles);
    onChange?.(change.layer, change.tiles);
  };
  const cut = () => {
    cutSince ||= hour(new Date());
    tell(false, cutSince);
    feed?.close();
    again(5000);
  };
  async function connect() {
    heardAt = Date.now();
    try {
      const answer = await fetch("/tiles/live.json", { headers: { Accept: "application/json" } });
      const { events, expires_at: ends } = await answer.json();
      feed?.close();
      feed = new EventSource(seq ? `${events}&since=${seq}` : events);
      again(Math.max(20, ends - Date.now() / 1000 - 45) * 1000);
    } catch {
      cut();
      return;
    }
    feed.onopen = () => { heardAt = Date.now(); tell(true); };
    feed.onerror = cut;
    feed.onmessage = take;
    feed.addEventListener("beat", heard);
    feed.addEventListener("resync", (event) => {
      seq = 0; // the server's number counts, be it a lower one
      heard(event);
      for (const slug of here()?.shown() ?? []) redraw(slug, null);
      onChange?.(null, null);
    });
  }
  connect();
  const look = () => { if (!closed && Date.now() - heardAt > QUIET_MS) cut(); };
  setInterval(look, QUIET_MS / 3);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  addEventListener("offline", cut); // an open stream may not notice by itself
  addEventListener("online", () => again(0));
  const close = () => { closed = true; clearTimeout(timer); feed?.close(); };
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) { closed = false; again(0); } });
  return { close };
}

/** A function that gathers changes of sources for a moment and then draws their tiles anew. */
function redrawer(here) {
  const waiting = new Map(); // slug -> tiles, or null for all
  let timer = 0;
  const draw = () => {
    timer = 0;
    const map = here()?.map;
    for (const [slug, tiles] of waiting) if (map) refreshTouched(map, slug, tiles);
    waiting.clear();
  };
  return (slug, tiles) => {
    const known = waiting.get(slug);
    waiting.set(slug, tiles === null || known === null ? null : [...(known ?? []), ...tiles]);
    timer ||= setTimeout(draw, GATHER_MS);
  };
}
