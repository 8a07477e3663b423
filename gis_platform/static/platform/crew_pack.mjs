// The crew's map without a tile server: the city's own base map out of the nightly archive, else (no
// archive yet, or one too large for a phone) coasts, streets and ferries of the round's islands.
import { keepArchive, openArchive } from "./archive.mjs";

const MOST_BYTES = 15e6;
const STYLES = "crew-map-style";
const is = (what) => ["==", ["get", "what"], what];
const WIDE = ["match", ["get", "street_class"], ["primary", "trunk", "motorway"], 3, ["secondary", "tertiary"], 2.2, 1.2];
const grown = (more) => ["interpolate", ["exponential", 1.6], ["zoom"], 10, ["*", 0.5, WIDE], 14, ["+", more, WIDE], 18, ["+", more, ["*", 4, WIDE]]];
const FONT = ["system-ui", "sans-serif"];

async function baseStyle(url) {
  const held = await globalThis.caches?.match(url, { cacheName: STYLES });
  const answer = held ?? await fetch(url).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

/** The base map drawn from the archive (hills and other pictures left out); null without one. */
async function archiveStyle({ archive, base }) {
  const found = archive ? await openArchive(archive) : null;
  const style = found && await baseStyle(base);
  if (!style) return null;
  const drawn = style.layers.filter(({ source }) => !source || style.sources[source].type === "vector");
  return { version: 8, sources: { archive: found.source },
    layers: drawn.map((layer) => (layer.source ? { ...layer, source: "archive" } : layer)) };
}

/** Keep the archive and its style on the phone; false when the islands' pack has to do. */
export async function keepMap({ archive, base }) {
  if (!archive || !(await keepArchive(archive, MOST_BYTES).catch(() => false))) return false;
  const cache = await caches.open(STYLES);
  await cache.add(base).catch(() => {}); // without a network the kept one stays
  return Boolean(await cache.match(base));
}

/** A whole style for the crew's map; null when none can be had. */
export async function crewStyle(data) {
  return (await archiveStyle(data)) ?? packStyle(data.pack);
}

async function packStyle(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return null;
  const data = await answer.json();
  const line = { "line-cap": "round", "line-join": "round" };
  return {
    version: 8,
    sources: { pack: { type: "geojson", data, attribution: "" } },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": "#dfeaf0" } },
      { id: "land", type: "fill", source: "pack", filter: is("coast"), paint: { "fill-color": "#f3f1ea" } },
      { id: "coast", type: "line", source: "pack", filter: is("coast"), paint: { "line-color": "#8fa9b5", "line-width": 1 } },
      { id: "ferry", type: "line", source: "pack", filter: is("ferry"), paint: { "line-color": "#5b8fb0", "line-width": 1.5, "line-dasharray": [3, 3] } },
      { id: "street-edge", type: "line", source: "pack", filter: is("street"), layout: line, paint: { "line-color": "#c9c4b6", "line-width": grown(1.6) } },
      { id: "street", type: "line", source: "pack", filter: is("street"), layout: line, paint: { "line-color": "#ffffff", "line-width": grown(0) } },
      { id: "street-name", type: "symbol", source: "pack", filter: is("street"), minzoom: 14,
        layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-size": 12 },
        paint: { "text-color": "#4a5560", "text-halo-color": "#ffffff", "text-halo-width": 1.5 } },
      { id: "island-name", type: "symbol", source: "pack", filter: is("coast"), maxzoom: 13,
        layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 14 },
        paint: { "text-color": "#16202a", "text-halo-color": "#ffffff", "text-halo-width": 1.5 } },
    ],
  };
}
