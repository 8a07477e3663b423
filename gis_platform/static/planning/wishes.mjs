// Candidates on the map and by name: asked for, turned down, drawn.
import { h, readJson } from "../platform/dom.mjs";

const { pages = {}, words = {} } = readJson("planning-script", {});
const DOTS = { "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 3, 15, 7], "circle-color": "#c9a227",
  "circle-stroke-color": "#16202a", "circle-stroke-width": 1.2 };
const SOURCE = "plan-candidates";
let loaded = null; // promise of the GeoJSON, fetched once

/** `text` with {name} filled in. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

function candidates() {
  loaded ??= fetch(pages.candidates).then((answer) => answer.json());
  return loaded;
}

/** Put a site on the list of wishes of the form (field: wajib or tolak); a second wish replaces the first. */
export function wish(field, { code, name }) {
  const box = document.getElementById("wishes");
  box.querySelectorAll("input").forEach((input) => { if (input.value === code) input.closest("label").remove(); });
  const mark = field === "wajib" ? words.must : words.forbidden;
  box.append(h("label", { class: "check" }, h("input", { type: "checkbox", name: field, value: code, checked: true }),
    h("span", {}, `${mark} ${name}`)));
  box.hidden = false;
  document.getElementById("wish-said").textContent = fill(words.added, { name });
}

/** What a click on a candidate shows; true when `features` held one. */
export function showCandidate(city, features, lngLat) {
  const feature = features.find((one) => one.source === SOURCE);
  if (!feature) return false;
  const about = feature.properties;
  const choose = (field, label) => h("button", { type: "button", onclick: () => { wish(field, about); city.popup?.remove(); } }, label);
  city.openPopup(lngLat, h("h3", {}, about.name),
    h("p", { class: "muted" }, `${about.island} · ${fill(words.power, { h: about.power_hours })}`),
    h("div", { class: "button-row" }, choose("wajib", words.take), choose("tolak", words.refuse)));
  return true;
}

async function showAll(city, button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", on);
  if (!city.map.getSource(SOURCE)) {
    city.addData(SOURCE, await candidates(), [{ id: SOURCE, type: "circle", paint: DOTS, metadata: { slot: "slot-point" } }]);
  }
  city.map.setLayoutProperty(SOURCE, "visibility", on ? "visible" : "none");
  if (on) document.querySelector("[data-pane-button=map]")?.click();
}

async function names() {
  const list = document.getElementById("candidate-names");
  if (list.children.length) return;
  for (const { properties } of (await candidates()).features) {
    list.append(h("option", { value: `${properties.name} (${properties.island})` }));
  }
}

async function byName(field) {
  const typed = document.getElementById("wish-name").value.trim().toLowerCase();
  const all = (await candidates()).features.map((one) => one.properties);
  const found = all.find((one) => `${one.name} (${one.island})`.toLowerCase() === typed)
    ?? all.find((one) => one.name.toLowerCase() === typed);
  if (found) wish(field, found);
  else document.getElementById("wish-said").textContent = words.unknown;
}

function drawing(city) {
  const form = document.getElementById("draw");
  const [start, said] = [document.getElementById("draw-start"), document.getElementById("draw-said")];
  const take = ({ lng, lat }) => {
    form.elements.lon.value = lng.toFixed(6);
    form.elements.lat.value = lat.toFixed(6);
    city.point([lng, lat], { go: false });
    said.textContent = `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
    document.getElementById("draw-fields").hidden = false;
    stop();
    document.querySelector("[data-pane-button=list]")?.click();
    form.elements.nama.focus();
  };
  const onMap = (event) => take(event.lngLat);
  const stop = () => {
    start.setAttribute("aria-pressed", "false");
    city.measuring = false;
    city.map.off("click", onMap);
    city.map.getCanvas().style.cursor = "";
  };
  start.addEventListener("click", () => {
    if (start.getAttribute("aria-pressed") === "true") return stop();
    start.setAttribute("aria-pressed", "true");
    said.textContent = words.click;
    city.measuring = true; // clicks are ours, not the popups'
    city.map.on("click", onMap);
    city.map.getCanvas().style.cursor = "crosshair";
    document.querySelector("[data-pane-button=map]")?.click();
    return undefined;
  });
  document.getElementById("draw-centre").addEventListener("click", () => take(city.map.getCenter()));
}

/** Make the section of candidates work. */
export function candidatesSection(city) {
  const toggle = document.getElementById("show-candidates");
  toggle.addEventListener("click", () => showAll(city, toggle));
  document.getElementById("wish-name").addEventListener("focus", names);
  document.querySelectorAll("[data-wish]").forEach((button) => {
    button.addEventListener("click", () => byName(button.dataset.wish));
  });
  drawing(city);
}
