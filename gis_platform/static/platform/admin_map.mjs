// The administrators' geometry fields: drag a point, or the corners of a line or an area.
import { createMap } from "./map.mjs";
import { word } from "./words.mjs";

const MOST_CORNERS = 400;
const GOLD = "#d97706";

/** Coordinate lists that hold the corners of a geometry: [point], line, or each ring. */
function chains(shape) {
  switch (shape?.type) {
    case "Point": return [[shape.coordinates]];
    case "MultiPoint": case "LineString": return [shape.coordinates];
    case "MultiLineString": case "Polygon": return shape.coordinates;
    case "MultiPolygon": return shape.coordinates.flat();
    default: return [];
  }
}

function isArea(shape) { return shape?.type.endsWith("Polygon"); }

/** Corners with the way back to them; the last corner of a ring is its first. */
function corners(shape) {
  return chains(shape).flatMap((chain, part) =>
    chain.slice(0, isArea(shape) ? -1 : undefined).map((place, at) => ({ place, part, at })));
}

function setCorner(shape, { part, at }, place) {
  if (shape.type === "Point") { shape.coordinates = place; return; }
  const chain = chains(shape)[part];
  chain[at] = place;
  if (isArea(shape) && at === 0) chain[chain.length - 1] = place;
}

function removeCorner(shape, { part, at }) {
  const chain = chains(shape)[part];
  const least = isArea(shape) ? 5 : 3;
  if (chain.length < least) return;
  chain.splice(at, 1);
  if (isArea(shape) && at === 0) chain[chain.length - 1] = chain[0];
}

/** A new or longer geometry of `kind` after a tap at `place`. */
function grown(kind, shape, place) {
  if (kind === "Point") return { type: "Point", coordinates: place };
  if (kind === "LineString" || kind === "MultiLineString") {
    const line = [...(chains(shape)[0] ?? []), place];
    return kind === "LineString" ? { type: kind, coordinates: line } : { type: kind, coordinates: [line] };
  }
  const ring = [...(chains(shape)[0] ?? []).slice(0, -1), place];
  const closed = [...ring, ring[0]];
  return { type: kind, coordinates: kind === "Polygon" ? [closed] : [[closed]] };
}

function complete(kind, shape) {
  const count = corners(shape).length;
  return kind.endsWith("Polygon") ? count >= 3 : kind.endsWith("LineString") ? count >= 2 : count >= 1;
}

function boundsOf(shape) {
  const places = chains(shape).flat();
  const lons = places.map((place) => place[0]);
  const lats = places.map((place) => place[1]);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

const STYLE = [
  { id: "own-area", type: "fill", filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": GOLD, "fill-opacity": 0.18 } },
  { id: "own-line", type: "line", paint: { "line-color": GOLD, "line-width": 2.5 } },
];
const CORNER_STYLE = [{ id: "own-corners", type: "circle", paint: {
  "circle-radius": ["case", ["get", "chosen"], 9, 7], "circle-color": ["case", ["get", "chosen"], "#16202a", GOLD],
  "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 } }];

class Editor {
  constructor(box, city) {
    Object.assign(this, { box, city, kind: box.dataset.kind, chosen: null, drawing: false });
    this.text = box.querySelector("textarea");
    this.shape = this.read();
    const empty = { type: "FeatureCollection", features: [] };
    city.addData("own", empty, STYLE).addData("corners", empty, CORNER_STYLE);
    this.draw();
    this.listen();
    if (this.shape) city.fit(boundsOf(this.shape), { padding: 50, duration: 0, maxZoom: 17 });
  }

  read() {
    try { return this.text.value ? JSON.parse(this.text.value) : null; } catch { return null; }
  }

  draw() {
    const whole = (geometry) => ({ type: "Feature", geometry, properties: {} });
    const all = corners(this.shape);
    const few = all.length <= MOST_CORNERS && !this.box.dataset.fixed;
    this.city.setData("own", { type: "FeatureCollection", features: this.shape ? [whole(this.shape)] : [] });
    this.city.setData("corners", { type: "FeatureCollection", features: (few || this.kind === "Point" ? all : []).map((corner, at) => ({
      type: "Feature", geometry: { type: "Point", coordinates: corner.place }, properties: { at, chosen: at === this.chosen } })) });
    this.box.querySelector("[data-remove]").hidden = this.chosen === null || this.kind === "Point";
    const hint = this.box.querySelector("[data-hint]");
    hint.textContent = word(this.kind === "Point" ? "hint_point" : few ? "hint_corners" : "hint_many");
  }

  write() {
    this.text.value = this.shape && complete(this.kind, this.shape) ? JSON.stringify(this.shape) : "";
    this.draw();
  }

  tap({ lngLat, point }) {
    if (this.box.dataset.fixed) return;
    const hit = this.city.map.queryRenderedFeatures(point, { layers: ["own-corners"] })[0];
    if (hit && this.kind !== "Point") {
      this.chosen = hit.properties.at;
      this.draw();
      return;
    }
    if (this.kind !== "Point" && !this.drawing) return;
    this.shape = grown(this.kind, this.shape, [Number(lngLat.lng.toFixed(7)), Number(lngLat.lat.toFixed(7))]);
    this.chosen = null;
    this.write();
  }

  drag(event) {
    if (this.box.dataset.fixed) return;
    event.preventDefault();
    const corner = corners(this.shape)[event.features[0].properties.at];
    const move = ({ lngLat }) => {
      setCorner(this.shape, corner, [Number(lngLat.lng.toFixed(7)), Number(lngLat.lat.toFixed(7))]);
      this.write();
    };
    const { map } = this.city;
    const [over, end] = event.type === "touchstart" ? ["touchmove", "touchend"] : ["mousemove", "mouseup"];
    map.on(over, move);
    map.once(end, () => map.off(over, move));
  }

  listen() {
    const { map } = this.city;
    map.on("click", (event) => this.tap(event));
    map.on("mousedown", "own-corners", (event) => this.drag(event));
    map.on("touchstart", "own-corners", (event) => this.drag(event));
    const button = (name) => this.box.querySelector(`[data-${name}]`);
    button("draw").hidden = this.kind === "Point" || Boolean(this.box.dataset.fixed);
    button("draw").addEventListener("click", () => {
      this.drawing = !this.drawing;
      button("draw").setAttribute("aria-pressed", String(this.drawing));
    });
    button("remove").addEventListener("click", () => {
      removeCorner(this.shape, corners(this.shape)[this.chosen]);
      this.chosen = null;
      this.write();
    });
    button("clear").addEventListener("click", () => {
      this.shape = null;
      this.chosen = null;
      this.write();
    });
    this.text.addEventListener("change", () => { this.shape = this.read(); this.draw(); });
  }
}

async function start(box) {
  const [lon, lat] = box.dataset.centre.split(",").map(Number);
  const city = await createMap(box.querySelector(".map"), { layers: [], shown: [], islands: [],
    bounds: [lon - 0.08, lat - 0.08, lon + 0.08, lat + 0.08], hash: false, legend: false, chips: false, measure: false, onSelect: () => true });
  new Editor(box, city);
}

for (const box of document.querySelectorAll(".map-widget")) start(box);
