// From here to there: two taps on the map, the way between them, the turns in words.
import { h } from "./dom.mjs";
import { createMap } from "./map.mjs";

const form = document.getElementById("way-form");
const answer = document.getElementById("way-answer");
const steps = document.getElementById("way-steps");
const numbers = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
const none = { type: "FeatureCollection", features: [] };

const city = await createMap(document.getElementById("map"), { legend: false, measure: false });
city.addData("way", none, [
  { id: "way-casing", type: "line", layout: { "line-join": "round" }, paint: { "line-color": "#ffffff", "line-width": 8 } },
  { id: "way-line", type: "line", layout: { "line-join": "round" }, paint: { "line-color": "#0b6e8f", "line-width": 4.5 } },
]);
city.addData("way-ends", none, [{ id: "way-pins", type: "symbol",
  layout: { "icon-image": ["concat", "pin//", ["get", "name"], "/#16202a"], "icon-allow-overlap": true } }]);

function metres(length) {
  return length >= 1000 ? `${numbers.format(length / 1000)} km` : `${Math.round(length)} m`;
}

function ends() {
  const places = [["dari", "A"], ["ke", "B"]].map(([field, name]) => [form.elements[field].value.split(",").map(Number), name]);
  return { type: "FeatureCollection", features: places.filter(([place]) => place.length === 2 && place.every(Number.isFinite))
    .map(([place, name]) => ({ type: "Feature", properties: { name }, geometry: { type: "Point", coordinates: place } })) };
}

async function ask() {
  city.setData("way-ends", ends());
  if (!form.elements.dari.value || !form.elements.ke.value) return;
  const wanted = new URLSearchParams(new FormData(form));
  const reply = await fetch(`${form.dataset.url}?${wanted}`, { headers: { Accept: "application/json" } });
  const found = await reply.json();
  steps.replaceChildren();
  if (!reply.ok) {
    answer.textContent = found.title;
    city.setData("way", none);
    return;
  }
  const { duration_s, length_m, steps: turns } = found.properties;
  answer.textContent = `${Math.max(1, Math.round(duration_s / 60))} min · ${metres(length_m)}`;
  steps.append(...turns.map((turn) => h("li", { class: "way-step" }, `${turn.words} `, h("span", { class: "muted num" }, turn.length_m ? metres(turn.length_m) : ""))));
  city.setData("way", found.geometry ? found : none);
}

city.map.on("click", (event) => {
  const here = `${event.lngLat.lng.toFixed(6)},${event.lngLat.lat.toFixed(6)}`;
  const both = form.elements.dari.value && form.elements.ke.value;
  if (both) form.elements.ke.value = "";
  if (both || !form.elements.dari.value) form.elements.dari.value = here;
  else form.elements.ke.value = here;
  ask();
});
form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
form.elements.kendaraan.addEventListener("change", ask);
form.querySelector("[data-swap]").addEventListener("click", () => {
  [form.elements.dari.value, form.elements.ke.value] = [form.elements.ke.value, form.elements.dari.value];
  ask();
});
