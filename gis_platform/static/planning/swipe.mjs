// Two plans on one map: each has its own, the right one is cut off at a line that moves.
import { readJson } from "../platform/dom.mjs";
import { createMap, maplibregl, readConfig } from "../platform/map.mjs";

const config = { ...readConfig(), hash: false, legend: false, measure: false };
const pins = readJson("pins", []);
const [box, line, range] = [document.querySelector(".swipe"), document.querySelector(".swipe-line"), document.getElementById("swipe")];
const right = document.getElementById("map-right");

function mark(city, { features }, side) {
  for (const feature of features) {
    const pin = document.createElement("span");
    pin.className = `site-pin is-${side}`;
    pin.textContent = feature.properties.rank;
    pin.title = `${feature.properties.rank}. ${feature.properties.name}`;
    new maplibregl.Marker({ element: pin, anchor: "bottom-left" }).setLngLat(feature.geometry.coordinates).addTo(city.map);
  }
}

function cut() {
  const at = Number(range.value);
  right.style.clipPath = `inset(0 0 0 ${at}%)`;
  line.style.left = `${at}%`;
}

function follow(leader, other) {
  leader.on("move", (event) => {
    if (event.together) return;
    other.jumpTo({ center: leader.getCenter(), zoom: leader.getZoom() }, { together: true });
  });
}

function frame(city) {
  const bounds = new maplibregl.LngLatBounds();
  const inside = ([west, south, east, north], [lon, lat]) => lon >= west && lon <= east && lat >= south && lat <= north;
  const all = pins.flatMap((one) => one.features.map((feature) => feature.geometry.coordinates));
  const near = all.filter((place) => !config.islands[0] || inside(config.islands[0].bounds, place));
  (near.length ? near : all).forEach((place) => bounds.extend(place));
  if (!bounds.isEmpty()) city.fit(bounds, { padding: 50, maxZoom: 14 });
}

const cities = [
  await createMap(document.getElementById("map-left"), config),
  await createMap(right, { ...config, chips: false }),
];
cities.forEach((city, i) => mark(city, pins[i], i ? "right" : "left"));
follow(cities[0].map, cities[1].map);
follow(cities[1].map, cities[0].map);
range.addEventListener("input", cut);
cut();
frame(cities[0]);
box.dataset.ready = "true";
