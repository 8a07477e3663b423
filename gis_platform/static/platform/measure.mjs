// A ruler on the map: great-circle metres between tapped points.
import { h } from "./dom.mjs";
import { distance, word } from "./words.mjs";

const EARTH_RADIUS_M = 6371008.8;

/** Great-circle metres between two [lon, lat] (haversine, mean earth radius). */
export function metresBetween([lon1, lat1], [lon2, lat2]) {
  const rad = Math.PI / 180;
  const half = Math.sin(((lat2 - lat1) * rad) / 2) ** 2
    + Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(half));
}

function line(points) {
  const shapes = points.map((place) => ({ type: "Point", coordinates: place }));
  if (points.length > 1) shapes.push({ type: "LineString", coordinates: points });
  return { type: "FeatureCollection",
    features: shapes.map((geometry) => ({ type: "Feature", geometry, properties: {} })) };
}

/** A MapLibre control: a button that starts and ends measuring. */
export function measureControl(city) {
  const points = [];
  let note = null;
  const say = (text) => { if (note) note.textContent = text; };
  const redraw = () => city.setData("ruler", line(points));
  const tap = (event) => {
    points.push([event.lngLat.lng, event.lngLat.lat]);
    redraw();
    const total = points.slice(1).reduce((sum, place, at) => sum + metresBetween(points[at], place), 0);
    say(points.length > 1 ? distance(total) : word("measure_hint"));
  };
  const toggle = () => {
    city.measuring = !city.measuring;
    button.setAttribute("aria-pressed", String(city.measuring));
    points.length = 0;
    note?.remove();
    note = null;
    if (city.measuring) {
      begin(city);
      note = h("p", { class: "map-notice", role: "status" }, word("measure_hint"));
      city.container.append(note);
      city.map.on("click", tap);
    } else city.map.off("click", tap);
    redraw();
  };
  const button = h("button", { type: "button", class: "ruler", title: word("measure"),
    "aria-label": word("measure"), "aria-pressed": "false", onclick: toggle });
  button.append(h("span", { class: "ruler-mark", "aria-hidden": "true" }));
  const group = h("div", { class: "maplibregl-ctrl maplibregl-ctrl-group" }, button);
  return { onAdd: () => group, onRemove: () => group.remove() };
}

function begin(city) {
  if (city.map.getSource("ruler")) return;
  const empty = { type: "FeatureCollection", features: [] };
  city.map.addSource("ruler", { type: "geojson", data: empty });
  city.map.addLayer({ id: "ruler-line", source: "ruler", type: "line",
    paint: { "line-color": "#16202a", "line-width": 2.5, "line-dasharray": [2, 1] } });
  city.map.addLayer({ id: "ruler-points", source: "ruler", type: "circle", filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-radius": 5, "circle-color": "#ffffff", "circle-stroke-color": "#16202a", "circle-stroke-width": 2 } });
}
