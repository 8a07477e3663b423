// The street network's weak places on the map; a row of the list leads to its place.
import { createMap } from "./map.mjs";

const page = document.getElementById("network");
const none = { type: "FeatureCollection", features: [] };
const kind = (...names) => ["in", ["get", "kind"], ["literal", names]];

const city = await createMap(document.getElementById("map"), { legend: false, measure: false });
city.addData("network", none, [
  { id: "network-one-way", type: "line", filter: kind("one_way"), paint: { "line-color": "#0b6e8f", "line-width": 3 } },
  { id: "network-part", type: "line", filter: kind("part"), paint: { "line-color": "#b3261e", "line-width": 5, "line-dasharray": [1.4, 0.8] } },
  { id: "network-near", type: "circle", filter: kind("near_miss"), paint: { "circle-radius": 5, "circle-color": "#ffffff", "circle-stroke-color": "#c2660a", "circle-stroke-width": 2.5 } },
  { id: "network-return", type: "circle", filter: kind("no_return"), paint: { "circle-radius": 6, "circle-color": "#c2660a", "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5 } },
  { id: "network-stop", type: "circle", filter: kind("stop"), paint: { "circle-radius": 7, "circle-color": "#b3261e", "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 } }]);

const reply = await fetch(page.dataset.url, { headers: { Accept: "application/json" } }).catch(() => null);
if (reply?.ok) city.setData("network", await reply.json());

page.addEventListener("click", (event) => {
  const row = event.target.closest("[data-lon]");
  if (!row) return;
  document.querySelector('[data-pane-button="map"]')?.click();
  city.map.flyTo({ center: [Number(row.dataset.lon), Number(row.dataset.lat)], zoom: 16.5 });
});
