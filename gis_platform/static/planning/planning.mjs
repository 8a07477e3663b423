// The planner's page: numbered pins of a placement, list and map as twins, tables that sort.
import { readJson } from "../platform/dom.mjs";
import { createMap, linkList, maplibregl, readConfig } from "../platform/map.mjs";
import { number } from "../platform/words.mjs";
import { Moves } from "./moves.mjs";
import { candidatesSection, showCandidate } from "./wishes.mjs";

const PADDING = 60;
const form = document.getElementById("plan");

function sayComputing() {
  const told = document.getElementById("computing");
  form.addEventListener("submit", () => {
    told.textContent = told.dataset.words;
    document.getElementById("compute").setAttribute("aria-busy", "true");
  });
}

function sortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => sort(table, heads, column));
  });
}

function sort(table, heads, column) {
  const down = heads[column].getAttribute("aria-sort") !== "descending";
  const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
  const order = (a, b) => (Number.isNaN(Number(value(a))) ? value(a).localeCompare(value(b)) : value(a) - value(b));
  const rows = [...table.tBodies[0].rows].sort((a, b) => (down ? order(b, a) : order(a, b)));
  table.tBodies[0].append(...rows);
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
}

function pinOf(city, feature) {
  const { rank, name, people_gained: people } = feature.properties;
  const pin = document.createElement("button");
  pin.type = "button";
  pin.className = "site-pin";
  pin.textContent = rank;
  pin.setAttribute("aria-label", `${rank}. ${name}: +${number(people)}`);
  const held = { feature, element: pin };
  pin.addEventListener("click", (event) => {
    event.stopPropagation();
    if (performance.now() - (held.dropped ?? -1000) < 400) return; // the end of a drag
    const row = document.getElementById(`site-${rank}`);
    document.querySelectorAll("#sites .is-selected, .site-pin.is-selected").forEach((other) => other.classList.remove("is-selected"));
    row.classList.add("is-selected");
    pin.classList.add("is-selected");
    row.scrollIntoView({ block: "center" });
    const words = document.createElement("p");
    words.textContent = feature.properties.sentence;
    const title = document.createElement("h3");
    title.textContent = `${rank}. ${name}`;
    city.openPopup(feature.geometry.coordinates, title, words);
  });
  held.marker = new maplibregl.Marker({ element: pin, anchor: "bottom-left" }).setLngLat(feature.geometry.coordinates).addTo(city.map);
  return held;
}

function frame(city, features, islands) {
  const inside = ([west, south, east, north], [lon, lat]) => lon >= west && lon <= east && lat >= south && lat <= north;
  const main = islands[0]?.bounds;
  const near = features.filter((feature) => !main || inside(main, feature.geometry.coordinates));
  const bounds = new maplibregl.LngLatBounds();
  (near.length ? near : features).forEach((feature) => bounds.extend(feature.geometry.coordinates));
  if (!bounds.isEmpty()) city.fit(bounds, { padding: PADDING, maxZoom: 14 });
}

async function start() {
  sayComputing();
  document.querySelectorAll("table[data-sortable]").forEach(sortable);
  const config = readConfig();
  const asked = location.hash.includes("/"); // somebody's link: their view stays
  const options = { ...config, onSelect: (features, lngLat) => showCandidate(options.city, features, lngLat) };
  const city = await createMap(document.getElementById("map"), options);
  options.city = city;
  candidatesSection(city);
  const pins = readJson("pins");
  if (pins) {
    const held = pins.features.map((feature) => pinOf(city, feature));
    if (document.getElementById("moved")) new Moves(city, held);
    city.container.querySelector("details.legend")?.removeAttribute("open");
    if (!asked) frame(city, pins.features, config.islands);
    linkList(city, document.getElementById("sites"), { onPick: () => false, zoom: 15 });
  }
  const zones = document.getElementById("zones");
  if (zones) linkList(city, zones, { zoom: 14 });
}

start();
