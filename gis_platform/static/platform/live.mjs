// The live feed: a changed row redraws its tiles and tells the page; a break is shown with its hour.
import { word } from "./words.mjs";

function hour() {
  return new Intl.DateTimeFormat("id-ID", { hour: "2-digit", minute: "2-digit",
    timeZone: document.documentElement.dataset.zone || undefined }).format(new Date());
}

function tell(live, since) {
  for (const line of document.querySelectorAll("[data-live-status]")) {
    line.classList.toggle("is-cut", !live);
    line.textContent = live ? `${word("data")} ${hour()} · ${word("live")}` : `${word("cut")} ${since}`;
  }
}

/**
 * Follow the change feed of everything the person may see ({layer, tiles}, or "resync").
 * `onChange(layer, tiles)` is told too (layer null: anything may have changed). Answers {close()}.
 * The feed's address ends with its token; it is asked for anew before that, and after a break.
 */
export function liveTiles(city, { onChange } = {}) {
  let feed = null;
  let cutSince = "";
  let timer = 0;
  let closed = false;
  const again = (wait_ms) => { clearTimeout(timer); if (!closed) timer = setTimeout(connect, wait_ms); };
  const take = (event) => {
    const change = JSON.parse(event.data || "{}");
    tell(true);
    if (change.layer) refresh(city, change.layer);
    onChange?.(change.layer ?? null, change.tiles ?? []);
  };
  const cut = () => {
    cutSince ||= hour();
    tell(false, cutSince);
    feed?.close();
    again(5000);
  };
  async function connect() {
    try {
      const answer = await fetch("/tiles/live.json", { headers: { Accept: "application/json" } });
      const { events, expires_at: ends } = await answer.json();
      feed?.close();
      feed = new EventSource(events);
      again(Math.max(20, ends - Date.now() / 1000 - 45) * 1000);
    } catch {
      cut();
      return;
    }
    feed.onopen = () => {
      tell(true);
      if (cutSince) refreshAll(city, onChange);
      cutSince = "";
    };
    feed.onerror = cut;
    feed.onmessage = take;
    feed.addEventListener("change", take);
    feed.addEventListener("resync", () => refreshAll(city, onChange));
  }
  connect();
  addEventListener("offline", cut); // an open stream may not notice by itself
  addEventListener("online", () => again(0));
  const close = () => { closed = true; clearTimeout(timer); feed?.close(); };
  addEventListener("pagehide", close);
  return { close };
}

function refresh(city, slug) {
  if (city?.map.getSource(slug)?.type === "vector") city.map.refreshTiles(slug);
}

function refreshAll(city, onChange) {
  for (const slug of city?.shown() ?? []) refresh(city, slug);
  onChange?.(null, []);
}
