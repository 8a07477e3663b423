// Streets as they are now: draw a closure and see what it shuts, open it again, nearest crews, reach.
import { cookie, h } from "./dom.mjs";
import { createMap } from "./map.mjs";
import { absolute, distance, number, word } from "./words.mjs";

const page = document.getElementById("roads");
const forms = { close: document.getElementById("closure-form"), crews: document.getElementById("crews-form"), reach: document.getElementById("reach-form") };
const none = { type: "FeatureCollection", features: [] };
const is = (name, value) => ["==", ["get", name], value];

const city = await createMap(document.getElementById("map"), { legend: false, measure: false });
city.addData("reach", none, [{ id: "reach-fill", type: "fill", paint: { "fill-opacity": 0.35,
  "fill-color": ["match", ["get", "minutes"], 5, "#08519c", 10, "#4292c6", "#9ecae1"], "fill-outline-color": "#08306b" } }]);
city.addData("closures", none, [
  { id: "closures-casing", type: "line", paint: { "line-color": "#ffffff", "line-width": 8 } },
  { id: "closures-line", type: "line", paint: { "line-color": "#b3261e", "line-width": 4.5, "line-dasharray": [1.6, 1] } }]);
city.addData("drawing", none, [
  { id: "drawing-streets", type: "line", filter: is("what", "streets"), paint: { "line-color": "#c2660a", "line-width": 6, "line-opacity": 0.8 } },
  { id: "drawing-line", type: "line", filter: is("what", "shape"), paint: { "line-color": "#16202a", "line-width": 2, "line-dasharray": [2, 2] } },
  { id: "drawing-corners", type: "circle", filter: is("what", "corner"), paint: { "circle-radius": 5, "circle-color": "#ffffff", "circle-stroke-color": "#16202a", "circle-stroke-width": 2 } }]);
city.addData("places", none, [{ id: "places-pins", type: "symbol",
  layout: { "icon-image": ["concat", "pin//", ["get", "name"], "/", ["get", "colour"]], "icon-allow-overlap": true } }]);

async function ask(url, body) {
  const options = { headers: { Accept: "application/json" } };
  if (body !== undefined) {
    Object.assign(options, { method: "POST", body: JSON.stringify(body) });
    Object.assign(options.headers, { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") || page.querySelector("[name=csrfmiddlewaretoken]").value });
  }
  const reply = await fetch(url, options).catch(() => null);
  const answer = await reply?.json().catch(() => null);
  return { ok: Boolean(reply?.ok), answer, words: answer?.title ?? word("outbox_server") };
}

const minutes = (seconds) => `${Math.max(1, Math.round(seconds / 60))} min`;

// ---------------------------------------------------------------- closures

let shown = null;
let asking = 0;

function corners() {
  return forms.close.elements.corners.value.trim().split(/\s+/).filter(Boolean).map((pair) => pair.split(",").map(Number))
    .filter((place) => place.length === 2 && place.every(Number.isFinite));
}

const kindOf = () => forms.close.elements.kind.value;
const zone = () => (kindOf() === "Zone" ? forms.close.elements.zone.value : "");

function shape() {
  const kind = kindOf();
  if (kind === "Zone") return null;
  const places = corners();
  if (kind === "Point") return places.length ? { type: kind, coordinates: places.at(-1) } : null;
  if (kind === "LineString") return places.length > 1 ? { type: kind, coordinates: places } : null;
  return places.length > 2 ? { type: kind, coordinates: [[...places, places[0]]] } : null;
}

function drawing() {
  const feature = (what, geometry) => ({ type: "Feature", properties: { what }, geometry });
  const made = shape();
  const parts = corners().map((place) => feature("corner", { type: "Point", coordinates: place }));
  if (made && made.type !== "Point") parts.push(feature("shape", made.type === "Polygon" ? { type: "LineString", coordinates: made.coordinates[0] } : made));
  if (shown) parts.push(feature("streets", shown.geometry));
  city.setData("drawing", { type: "FeatureCollection", features: parts });
  forms.close.querySelector("[data-radius]").hidden = kindOf() !== "Point";
  forms.close.querySelector("[data-zone]").hidden = kindOf() !== "Zone";
  forms.close.querySelector("[data-corners]").hidden = kindOf() === "Zone";
  forms.close.querySelector("[data-close-button]").disabled = !shown;
}

function redraw() {
  shown = null;
  asking += 1;
  drawing();
}

function asked() {
  const { cause, radius_m, hours, note } = forms.close.elements;
  return { shape: shape(), zone: zone(), cause: cause.value, radius_m: Number(radius_m.value), hours: hours.value ? Number(hours.value) : null, note: note.value };
}

function lookAt(places) {
  const [lons, lats] = [places.map(([lon]) => lon), places.map(([, lat]) => lat)];
  city.map.fitBounds([[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]], { padding: 40, maxZoom: 16 });
}

const sayClosure = (words) => { forms.close.querySelector("[data-closure-said]").textContent = words; };

async function preview() {
  const mine = ++asking;
  sayClosure("…");
  const { ok, answer, words } = await ask(page.dataset.preview, asked());
  if (mine !== asking) return;  // the drawing changed meanwhile
  shown = ok ? answer : null;
  if (ok && zone()) lookAt(answer.geometry.coordinates.flat());
  drawing();
  sayClosure(ok ? `${answer.properties.streets} ${word("streets_shut")}, ${distance(answer.properties.length_m)}${answer.properties.names.length ? `: ${answer.properties.names.join(", ")}` : ""}` : words);
}

function line(feature) {
  const { id, cause_words, note, length_m, ends_at } = feature.properties;
  const until = ends_at ? `${word("until")} ${absolute(new Date(ends_at))}` : word("until_lifted");
  return h("li", { dataset: { closure: id } }, h("strong", {}, `${cause_words}${note ? `: ${note}` : ""}`), h("br"),
    h("span", { class: "muted num" }, `${distance(length_m)} · ${until} `), h("button", { type: "button", onclick: () => lift(id) }, word("open_again")));
}

async function load() {
  const { ok, answer } = await ask(page.dataset.closures);
  if (!ok) return;
  city.setData("closures", answer);
  document.getElementById("closures-list").replaceChildren(...answer.features.map(line));
  page.querySelector("[data-closures-count]").textContent = String(answer.features.length);
  page.querySelector("[data-closures-none]").hidden = answer.features.length > 0;
}

async function close(event) {
  event.preventDefault();
  const { ok, answer, words } = await ask(page.dataset.closures, asked());
  sayClosure(ok ? `${word("closed_now")}: ${answer.properties.cause_words}, ${distance(answer.properties.length_m)}` : words);
  if (!ok) return;
  forms.close.elements.corners.value = "";
  redraw();
  await load();
}

async function lift(id) {
  const { ok, words } = await ask(page.dataset.open.replace("/0/", `/${id}/`), {});
  sayClosure(ok ? word("opened_now") : words);
  await load();
}

// ---------------------------------------------------------------- questions

const pin = (name, colour, place) => ({ type: "Feature", properties: { name, colour }, geometry: { type: "Point", coordinates: place } });

async function nearest(event) {
  event?.preventDefault();
  const place = forms.crews.elements.tempat.value;
  const { ok, answer, words } = await ask(`${page.dataset.crews}?${new URLSearchParams({ tempat: place })}`);
  forms.crews.querySelector("[data-crews-said]").textContent = ok ? "" : words;
  const crews = ok ? answer.crews : [];
  document.getElementById("crews-list").replaceChildren(...crews.map((crew) => h("li", { dataset: { code: crew.code } },
    h("strong", {}, crew.vehicle), " ", crew.drive_s === null ? h("span", { class: "badge warn" }, crew.words) : h("strong", { class: "num" }, minutes(crew.arrives_in_s)),
    h("br"), h("span", { class: "muted" }, `${crew.where} · ${crew.island}${crew.free_in_s ? ` · ${word("free_in")} ${minutes(crew.free_in_s)}` : ""}`))));
  const there = place.split(",").map(Number);
  const pins = ok ? [pin("!", "#b3261e", there), ...crews.filter((crew) => crew.drive_s !== null).slice(0, 9).map((crew, at) => pin(String(at + 1), "#0b6e8f", crew.place))] : [];
  city.setData("places", { type: "FeatureCollection", features: pins });
}

async function reach(event) {
  event?.preventDefault();
  const { dari, kendaraan } = forms.reach.elements;
  const { ok, answer, words } = await ask(`${page.dataset.reach}?${new URLSearchParams({ dari: dari.value, kendaraan: kendaraan.value })}`);
  forms.reach.querySelector("[data-reach-said]").textContent = ok ? "" : words;
  city.setData("reach", ok ? answer : none);
  const areas = ok ? [...answer.features].reverse() : [];
  document.getElementById("reach-list").replaceChildren(...areas.map(({ properties: area }) => h("li", {}, h("strong", { class: "num" }, `${area.minutes} min`),
    ` · ${distance(area.street_m)} · ${number(area.people)} ${word("people")}`)));
  city.setData("places", ok ? { type: "FeatureCollection", features: [pin("A", "#16202a", dari.value.split(",").map(Number))] } : none);
}

// ---------------------------------------------------------------- hands

const mode = () => page.querySelector("[name=mode]:checked").value;

page.addEventListener("change", (event) => {
  if (event.target.name === "mode") for (const [name, form] of Object.entries(forms)) form.hidden = name !== mode();
  if (forms.close.contains(event.target) && event.target.name !== "note") redraw();
  if (["kind", "zone"].includes(event.target.name) && zone()) {
    const { cause } = forms.close.elements.zone.selectedOptions[0].dataset;
    if ([...forms.close.elements.cause.options].some((one) => one.value === cause)) forms.close.elements.cause.value = cause;
    preview();
  }
  if (event.target.name === "kendaraan" && forms.reach.elements.dari.value) reach();
});
city.map.on("click", (event) => {
  const here = `${event.lngLat.lng.toFixed(6)},${event.lngLat.lat.toFixed(6)}`;
  if (mode() === "close") {
    if (kindOf() === "Zone") return;
    const field = forms.close.elements.corners;
    field.value = forms.close.elements.kind.value === "Point" ? here : `${field.value} ${here}`.trim();
    redraw();
    if (shape() && forms.close.elements.kind.value === "Point") preview();
  } else if (mode() === "crews") { forms.crews.elements.tempat.value = here; nearest(); } else { forms.reach.elements.dari.value = here; reach(); }
});
forms.close.querySelector("[data-preview-button]").addEventListener("click", preview);
forms.close.querySelector("[data-undo]").addEventListener("click", () => {
  forms.close.elements.corners.value = forms.close.elements.corners.value.trim().split(/\s+/).slice(0, -1).join(" ");
  redraw();
});
forms.close.addEventListener("submit", close);
forms.crews.addEventListener("submit", nearest);
forms.reach.addEventListener("submit", reach);
// From a report: ?tempat=lon,lat&tanya=regu or tutup, with the report's number for the note.
async function fromReport() {
  const given = new URLSearchParams(location.search);
  const place = given.get("tempat")?.split(",").map(Number) ?? [];
  if (place.length !== 2 || !place.every(Number.isFinite)) return;
  city.map.jumpTo({ center: place, zoom: 15 });
  const [form, field] = given.get("tanya") === "regu" ? ["crews", forms.crews.elements.tempat] : ["close", forms.close.elements.corners];
  field.value = given.get("tempat");
  page.querySelector(`[name=mode][value=${form}]`).click();
  if (form === "crews") return nearest();
  if (given.get("laporan")) forms.close.elements.note.value = `${page.dataset.report} ${given.get("laporan")}`.slice(0, 200);
  await preview();
}

redraw();
await load();
await fromReport();
page.dataset.ready = "yes";
