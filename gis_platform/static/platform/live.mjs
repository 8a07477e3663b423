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
 * Follow `url` (server-sent events: {layer, tiles: [[z, x, y]...]} or "resync").
 * `onChange(layer, tiles)` is told too; answers the EventSource.
 */
export function liveTiles(city, { url = "/events", onChange } = {}) {
  const feed = new EventSource(url);
  let cutSince = "";
  feed.onopen = () => {
    tell(true);
    if (cutSince) refreshAll(city, onChange);
    cutSince = "";
  };
  feed.onerror = () => {
    cutSince ||= hour();
    tell(false, cutSince);
  };
  const take = (event) => {
    const change = JSON.parse(event.data || "{}");
    tell(true);
    if (change.layer) refresh(city, change.layer, change.tiles);
    onChange?.(change.layer, change.tiles ?? []);
  };
  feed.onmessage = take;
  feed.addEventListener("change", take);
  feed.addEventListener("resync", () => refreshAll(city, onChange));
  addEventListener("pagehide", () => feed.close());
  return feed;
}

function refresh(city, slug, tiles) {
  if (!city?.map.getSource(slug)) return;
  if (!tiles?.length) return city.map.refreshTiles(slug);
  return city.map.refreshTiles(slug);
}

function refreshAll(city, onChange) {
  for (const slug of city?.shown() ?? []) refresh(city, slug);
  onChange?.(null, []);
}
