// Rounds on the map: coloured lines with arrows, dashed ferries, numbered stops, hollow left-outs.
import { crewStyle } from "./crew_pack.mjs";
import { h, readJson } from "./dom.mjs";
import { createMap, linkList, maplibregl } from "./map.mjs";
import { language } from "./words.mjs";

const is = (what) => ["==", ["get", "what"], what];
const PALE = ["case", ["in", ["get", "state"], ["literal", ["done", "skipped"]]], 0.45, 1];

const LAYERS = [
  { id: "round-casing", type: "line", filter: ["all", is("leg"), ["==", ["get", "kind"], "drive"]],
    layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": "#ffffff", "line-width": 7 } },
  { id: "round-drive", type: "line", filter: ["all", is("leg"), ["==", ["get", "kind"], "drive"]],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": ["get", "colour"], "line-width": 4, "line-offset": 1.5 } },
  { id: "round-ferry", type: "line", filter: ["all", is("leg"), ["==", ["get", "kind"], "ferry"]],
    paint: { "line-color": ["get", "colour"], "line-width": 3, "line-dasharray": [2, 1.6] } },
  { id: "round-arrows", type: "symbol", filter: is("leg"), minzoom: 13,
    layout: { "symbol-placement": "line", "symbol-spacing": 110, "icon-size": 0.55, "icon-rotation-alignment": "map",
      "icon-rotate": 90, "icon-image": ["concat", "arrow///", ["get", "colour"]], "icon-allow-overlap": true } },
  { id: "unserved", type: "circle", filter: is("unserved"),
    paint: { "circle-radius": 7, "circle-color": "rgba(255,255,255,0.85)", "circle-stroke-color": "#b3261e", "circle-stroke-width": 2.5 } },
  { id: "round-stops", type: "symbol", filter: is("stop"),
    layout: { "icon-image": ["concat", "pin//", ["to-string", ["get", "number"]], "/", ["get", "colour"]],
      "icon-allow-overlap": true, "symbol-sort-key": ["-", 0, ["get", "number"]] }, paint: { "icon-opacity": PALE } },
];

function clock(text) {
  return text ? text.slice(11, 16).replace(":", language === "id" ? "." : ":") : "";
}

function lines(properties) {
  const ferry = properties.ferry ? JSON.parse(properties.ferry) : null;
  if (properties.what === "unserved") return [h("strong", {}, properties.label), h("br"), properties.sentence];
  if (properties.what === "stop") {
    return [h("strong", {}, `${properties.number}. ${properties.label}`), h("br"),
      `${properties.vehicle}, ${clock(properties.arrives_at)}, ${properties.load_after_l} l`];
  }
  return [h("strong", {}, properties.vehicle), h("br"), ferry?.service ?? "",
    ` ${clock(properties.departs_at)}–${clock(properties.arrives_at)}`, h("br"), `${properties.start} → ${properties.end}`];
}

const told = readJson("rounds-data");
const { url, pack, worker } = told;
const crew = document.body.classList.contains("crew");
if (worker) maplibregl.setWorkerUrl(new URL(worker, location.href).href); // where the crew's service worker sees it
const city = await createMap(document.getElementById("map"), {
  legend: !crew, chips: !crew, measure: !crew, hash: !crew, style: pack ? await crewStyle(told) : undefined,
  onSelect: (features, lngLat) => { city.openPopup(lngLat, ...lines(features[0].properties)); return true; },
});

let data = null;
let states = new Map(); // what the crew's phone knows better than the server's answer

function draw() {
  const known = data.features.map((feature) => (states.has(feature.properties.id)
    ? { ...feature, properties: { ...feature.properties, state: states.get(feature.properties.id) } } : feature));
  const now = { type: "FeatureCollection", features: known };
  if (city.map.getSource("rounds")) city.setData("rounds", now);
  else city.addData("rounds", now, LAYERS);
  city.container.dataset.rounds = String(known.length);
}

async function load() {
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok) data = await answer.json();
  if (data) draw();
}

await load();
document.addEventListener("crew:round", load);
document.addEventListener("crew:states", (event) => { states = event.detail; if (data) draw(); });
linkList(city, document.getElementById("rounds-list"));
