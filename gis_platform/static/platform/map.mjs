// The one map of all pages: base map, layers of the registry, controls, popups, addresses.
//
//   import { createMap, readConfig } from "./map.mjs";
//   const city = await createMap(document.getElementById("map"), { ...readConfig(), onSelect });
//
// readConfig() is what `gis_platform.maps.map_config` left in the page: layers (slug, title, theme,
// symbol, fields, style), shown (slugs drawn first), islands, bounds. Further options:
//   hash (true)         keep #zoom/lat/lon in the address
//   keepLayers (false)  keep ?lapis= in the address
//   asVisitor           slugs that are shown as everybody may see them, whoever is signed in
//   timed               slugs whose time setWindow moves (all that have one when left out)
//   restyle(slug, style)  a page's own style document for a layer of the registry
//   style               a whole style document instead of the base map (a phone without a network)
//   legend, chips, measure (true)   map tools
//   onSelect(features, lngLat)      answer true to show no popup
//   actions(feature)    nodes that stand under a popup's facts
// The result (class CityMap): .map is MapLibre's own; show(slug, yes), shown(), fit(bounds),
// point(lngLat), openPopup(lngLat, ...nodes), addData(id, geojson, layers), setData(id, geojson),
// setWindow([from, to]): only rows of that time, in every layer that has one.
import * as maplibregl from "../vendor/maplibre-gl/maplibre-gl.mjs";
import { h, readJson } from "./dom.mjs";
import { drawMissingImages } from "./icons.mjs";
import { islandChips } from "./islands.mjs";
import { legend } from "./legend.mjs";
import { measureControl } from "./measure.mjs";
import { popupFor } from "./popup.mjs";
import { keepLayersInAddress, layersFromAddress } from "./url_state.mjs";
import { withWindow } from "./windows.mjs";
import { word } from "./words.mjs";

export { legend } from "./legend.mjs";
export { linkList } from "./twin.mjs";
export { liveTiles } from "./live.mjs";
export { timeSlider } from "./time_slider.mjs";
export { mapTimeline } from "./timeline.mjs";
export { maplibregl };

const WORKER = new URL("../vendor/maplibre-gl/maplibre-gl-worker.mjs", import.meta.url);
const SLOTS = ["slot-fill", "slot-line", "slot-point", "slot-label"];
const HIT_PX = 8;

maplibregl.setWorkerUrl(WORKER.href);

/** What the page's template left for its map. */
export function readConfig(id = "map-config") {
  return readJson(id, { layers: [], shown: [], islands: [], bounds: null });
}

async function fetchJson(url, asVisitor = false) {
  const credentials = asVisitor ? "omit" : "same-origin";
  const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials });
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  return answer.json();
}

function absolute(style) {
  const whole = (url) => (url?.startsWith("/") ? location.origin + url : url);
  for (const source of Object.values(style.sources)) {
    if (source.url) source.url = whole(source.url);
    if (source.tiles) source.tiles = source.tiles.map(whole);
    if (typeof source.data === "string") source.data = whole(source.data);
  }
  if (style.glyphs) style.glyphs = whole(style.glyphs);
  if (typeof style.sprite === "string") style.sprite = whole(style.sprite);
  return style;
}

const PLAIN = { version: 8, sources: {}, layers: [
  { id: "sea", type: "background", paint: { "background-color": "#dfeaf0" } }] };

async function baseStyle(notice) {
  try {
    return absolute(await fetchJson("/styles/base.json"));
  } catch {
    notice(word("no_base"));
    return structuredClone(PLAIN);
  }
}

function addSlots(map) {
  const firstLabel = map.getStyle().layers.find((layer) => layer.type === "symbol")?.id;
  for (const id of SLOTS) {
    const hidden = { id, type: "background", layout: { visibility: "none" } };
    map.addLayer(hidden, id === "slot-fill" || id === "slot-line" ? firstLabel : undefined);
  }
}

function slotOf(layer) {
  if (layer.metadata?.slot) return layer.metadata.slot;
  if (layer.type === "fill" || layer.type === "raster") return "slot-fill";
  if (layer.type === "line" || layer.type === "heatmap" || layer.type === "fill-extrusion") return "slot-line";
  return layer.type === "symbol" && !layer.layout?.["icon-image"] ? "slot-label" : "slot-point";
}

const LOCALE = {
  "NavigationControl.ZoomIn": word("zoom_in"), "NavigationControl.ZoomOut": word("zoom_out"),
  "NavigationControl.ResetBearing": word("north"), "GeolocateControl.FindMyLocation": word("locate"),
  "GeolocateControl.LocationNotAvailable": word("no_place"), "Map.Title": word("map"),
  "Popup.Close": word("close"), "AttributionControl.ToggleAttribution": word("attribution"),
};

/** Pixels to leave around what is fitted; on a phone the chips of the islands lie over the top. */
function roomAround(chips = true) {
  const under = chips && matchMedia("(max-width: 899px)").matches;
  return under ? { top: 112, right: 24, bottom: 24, left: 24 } : 24;
}

/** A map with the city's layers; made by `createMap`. */
export class CityMap {
  constructor(container, map, options) {
    this.container = container;
    this.map = map;
    this.options = options;
    this.layers = new Map(options.layers.map((layer) => [layer.slug, layer]));
    this.drawn = new Map(); // slug -> Promise of its style layer ids
    this.visible = new Set();
    this.timed = new Map(); // source -> {tiles, bucket_s, offset_s} of layers that have a time
    this.window = null;
    this.listeners = [];
  }

  /** Call `listener(slugs)` whenever layers appear or disappear. */
  onLayers(listener) { this.listeners.push(listener); }

  /** Slugs of the layers that are drawn now. */
  shown() { return [...this.visible]; }

  /** True for a layer that is asked for without a session: the face of visitors. */
  asVisitor(slug) { return this.options.asVisitor?.includes(slug) ?? false; }

  /** Draw or hide a layer of the registry. */
  async show(slug, yes = true) {
    if (!this.layers.has(slug)) return;
    if (yes) this.visible.add(slug);
    else this.visible.delete(slug);
    this.listeners.forEach((listener) => listener(this.shown()));
    if (yes && !this.drawn.has(slug)) this.drawn.set(slug, this.load(slug));
    for (const id of (await this.drawn.get(slug)) ?? []) {
      this.map.setLayoutProperty(id, "visibility", this.visible.has(slug) ? "visible" : "none");
    }
  }

  async load(slug) {
    try {
      let style = absolute(await fetchJson(this.layers.get(slug).style, this.asVisitor(slug)));
      style = this.options.restyle?.(slug, style) ?? style;
      await this.openSources(style.sources);
      return this.addStyle(style, slug);
    } catch (fault) {
      this.drawn.delete(slug);
      this.notice(`${word("no_layer")} ${this.layers.get(slug).title}`);
      console.warn(`${slug}: ${fault.message}`);
      return [];
    }
  }

  /** Put the TileJSON of each source in its place; addresses that end are renewed in time. */
  async openSources(sources) {
    for (const [id, source] of Object.entries(sources)) {
      if (!source.url || this.map.getSource(id)) continue;
      const { url, ...rest } = source;
      const json = await fetchJson(url, this.asVisitor(id));
      const { minzoom, maxzoom, attribution } = json;
      const bounds = json.outer_bounds ?? json.bounds; // a row may come where none was
      sources[id] = { ...rest, tiles: this.tilesOf(id, json), minzoom, maxzoom, bounds, attribution };
      if (json.expires_at) this.renewLater(id, url, json.expires_at);
    }
  }

  /** Addresses of a source's tiles, within the window where its layer has a time. */
  tilesOf(id, { tiles, time }) {
    if (!time || this.options.timed?.includes(id) === false) return tiles;
    this.timed.set(id, { tiles, time });
    return withWindow(tiles, time, this.window);
  }

  /** Show only rows of [from, to) (Dates; widened to each layer's bucket), or all (null). */
  setWindow(window) {
    const before = this.window?.join() ?? "";
    this.window = window;
    if ((window?.join() ?? "") === before) return;
    for (const [id, { tiles, time }] of this.timed) this.map.getSource(id)?.setTiles?.(withWindow(tiles, time, window));
  }

  /** Take a layer away and load it anew (its style may come out otherwise now). */
  async renew(slug) {
    for (const id of (await this.drawn.get(slug)) ?? []) this.map.removeLayer(id);
    this.drawn.delete(slug);
    this.timed.delete(slug);
    if (this.map.getSource(slug)) this.map.removeSource(slug);
    if (this.visible.has(slug)) await this.show(slug);
  }

  renewLater(id, url, expiresAt) {
    const wait = Math.max(20, expiresAt - Date.now() / 1000 - 60) * 1000;
    setTimeout(async () => {
      try {
        const json = await fetchJson(url, this.asVisitor(id));
        this.map.getSource(id)?.setTiles(this.tilesOf(id, json));
        this.renewLater(id, url, json.expires_at);
      } catch {
        this.renewLater(id, url, Date.now() / 1000 + 90);
      }
    }, wait);
  }

  /** Add sources and layers of a style document, each layer in the slot of its kind. */
  addStyle(style, slug = "") {
    for (const [id, source] of Object.entries(style.sources)) {
      if (!this.map.getSource(id)) this.map.addSource(id, source);
    }
    return style.layers.filter((layer) => layer.type !== "background").map((layer) => {
      const id = this.map.getLayer(layer.id) ? `over-${layer.id}` : layer.id; // the base map has some too
      this.map.addLayer({ ...layer, id, metadata: { ...layer.metadata, slug } }, slotOf(layer));
      return id;
    });
  }

  /** Add the GeoJSON source `id` (object or address) with MapLibre `layers` (their source is set). */
  addData(id, data, layers = []) {
    this.addStyle({ sources: { [id]: { type: "geojson", data, generateId: true } },
      layers: layers.map((layer) => ({ source: id, ...layer })) }, id);
    return this;
  }

  /** Give the GeoJSON source `id` new data. */
  setData(id, data) { this.map.getSource(id)?.setData(data); return this; }

  /** Fit [west, south, east, north]. */
  fit(bounds, options = {}) {
    const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map.fitBounds(bounds, { padding: 40, maxZoom: 16, duration: quiet ? 0 : 500, ...options });
  }

  /** Pixels around what is fitted: on a phone the chips of the islands lie over the top. */
  room() { return roomAround(this.options?.chips !== false); }

  /** Go to a place (zoom at least `zoom`) and mark it with a ring. */
  point(lngLat, { zoom = 15, go = true } = {}) {
    this.marker ??= new maplibregl.Marker({ element: h("div", { class: "map-ring", "aria-hidden": "true" }) });
    this.marker.setLngLat(lngLat).addTo(this.map);
    const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (go) this.map.easeTo({ center: lngLat, zoom: Math.max(zoom, this.map.getZoom()), duration: quiet ? 0 : 400 });
  }

  /** Take the ring away. */
  unpoint() { this.marker?.remove(); }

  /** Open a popup with `nodes` (elements or text, never HTML strings). */
  openPopup(lngLat, ...nodes) {
    this.popup?.remove();
    const from = document.activeElement; // the popup takes the focus, and gives it back
    const body = h("div", {}, ...nodes);
    const popup = new maplibregl.Popup({ maxWidth: "320px" }).setLngLat(lngLat).setDOMContent(body).addTo(this.map);
    let inside = false;
    const box = popup.getElement();
    box.addEventListener("focusin", () => { inside = true; });
    box.addEventListener("focusout", ({ relatedTarget }) => { inside = !relatedTarget || box.contains(relatedTarget); });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      popup.remove();
    });
    popup.on("close", () => { if (inside && from?.isConnected) from.focus({ preventScroll: true }); });
    this.popup = popup;
    return popup;
  }

  /** Say something over the map for a while. */
  notice(sentence) {
    const note = h("p", { class: "map-notice", role: "status" }, sentence);
    this.container.append(note);
    setTimeout(() => note.remove(), 8000);
  }

  /** Features under a pixel, the nearest layer first, one per source and id. */
  featuresAt(point) {
    const box = [[point.x - HIT_PX, point.y - HIT_PX], [point.x + HIT_PX, point.y + HIT_PX]];
    const own = this.map.getStyle().layers.filter((layer) => layer.metadata?.slug).map((layer) => layer.id);
    const seen = new Set();
    return this.map.queryRenderedFeatures(box, { layers: own }).filter((feature) => {
      const key = `${feature.source}/${feature.id ?? JSON.stringify(feature.properties)}`;
      return seen.has(key) ? false : seen.add(key);
    });
  }
}

async function openCluster(city, feature) {
  const source = city.map.getSource(feature.source);
  const zoom = await source.getClusterExpansionZoom(feature.properties.cluster_id);
  city.map.easeTo({ center: feature.geometry.coordinates, zoom: zoom + 0.5 });
}

function onClick(city, event) {
  const features = city.featuresAt(event.point);
  if (!features.length) return city.unpoint();
  if (features[0].properties.cluster) return openCluster(city, features[0]);
  if (city.options.onSelect?.(features, event.lngLat) === true) return undefined;
  city.container.dispatchEvent(new CustomEvent("features", { detail: features }));
  return city.openPopup(event.lngLat, popupFor(city, features));
}

function addControls(city, options) {
  const { map } = city;
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  const locate = new maplibregl.GeolocateControl({ trackUserLocation: false, fitBoundsOptions: { maxZoom: 16 } });
  locate.on("error", () => city.notice(word("no_place")));
  map.addControl(locate, "top-right");
  // The control names its button only once the browser has said whether a position may be asked.
  city.container.querySelector(".maplibregl-ctrl-geolocate")?.setAttribute("aria-label", word("locate"));
  if (options.measure !== false) map.addControl(measureControl(city), "top-right");
  map.addControl(new maplibregl.ScaleControl({ unit: "metric", maxWidth: 120 }), "bottom-right");
  if (options.chips !== false) islandChips(city, options.islands);
  if (options.legend !== false) legend(null, city);
}

function foldAttribution(container) {
  const box = container.querySelector(".maplibregl-ctrl-attrib");
  box?.classList.remove("maplibregl-compact-show");
  box?.removeAttribute("open");
}

function watch(city) {
  const { map } = city;
  map.on("click", (event) => { if (!city.measuring) onClick(city, event); });
  map.on("mousemove", (event) => {
    map.getCanvas().style.cursor = !city.measuring && city.featuresAt(event.point).length ? "pointer" : "";
  });
  map.on("error", (event) => console.warn(event.error?.message ?? "map"));
  map.once("idle", () => foldAttribution(city.container));
  new ResizeObserver(() => map.resize()).observe(city.container);
}

/** Make a map in `container`; resolves once the first layers are asked for. See the top of this file. */
export async function createMap(container, options = {}) {
  const settings = { ...readConfig(), hash: true, ...options };
  const early = [];
  const style = settings.style ?? await baseStyle((sentence) => early.push(sentence));
  let map;
  try {
    map = new maplibregl.Map({ container, style, hash: settings.hash, bounds: settings.bounds ?? undefined,
      fitBoundsOptions: { padding: roomAround(settings.chips !== false) }, minZoom: 5, maxZoom: 20, dragRotate: false, pitchWithRotate: false,
      touchPitch: false, attributionControl: { compact: true }, locale: LOCALE });
  } catch (fault) {
    container.append(h("p", { class: "map-notice" }, word("no_map")));
    throw fault;
  }
  drawMissingImages(map);
  const city = new CityMap(container, map, settings);
  container.cityMap = city;
  await new Promise((done) => { map.once("style.load", done); });
  addSlots(map);
  watch(city);
  addControls(city, settings);
  early.forEach((sentence) => city.notice(sentence));
  if (settings.keepLayers) keepLayersInAddress(city);
  const first = (settings.keepLayers && layersFromAddress()) || settings.shown;
  await Promise.all(first.map((slug) => city.show(slug)));
  container.dataset.ready = "true";
  return city;
}
