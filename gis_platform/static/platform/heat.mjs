// The heat pages: raster, tested cells, clusters, and a slider that moves through the period.
import { h, post, readJson } from "./dom.mjs";
import { GI_COLOURS, GRADE, GRADE_COLOURS, SlidingWindow } from "./heat-window.mjs";
import { createMap, linkList, timeSlider } from "./map.mjs";
import { addMore, MORE_LAYERS, moreFacts } from "./heat-more.mjs";
import { facts } from "./popup.mjs";
import { openDetails } from "./shell.mjs";
import { number, word } from "./words.mjs";

const DAY_MS = 86400000;
const WEEK = 7;
const THIN = ["interpolate", ["linear"], ["zoom"], 10, 0.2, 13, 0.6, 15, 1];
const english = document.documentElement.lang === "en";
const say = (indonesian, other) => (english ? other : indonesian);
const GRADES = {
  hot3: say("sangat padat, p < 0,001", "very dense, p < .001"), hot2: say("padat sekali, p < 0,01", "denser, p < .01"),
  hot1: say("padat, p < 0,05", "dense, p < .05"), cold: say("jarang, p < 0,05", "sparse, p < .05"),
  none: say("tidak nyata", "not significant"), few: say("terlalu sedikit untuk diuji", "too few to say"),
};
const config = readJson("heat-config", {});
const drawn = { heat: true, cells: true, clusters: true, alarms: true, changes: false, contours: false, histories: false, leaks: true,
  wayheat: false, risk: false, piles: true };
const state = { whole: true, mode: "test" };

async function json(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  return answer.json();
}

function addRaster(city, id, tilejson) {
  const source = { type: "raster", tiles: tilejson.tiles.map((url) => (url.startsWith("/") ? location.origin + url : url)), tileSize: 256,
    minzoom: tilejson.minzoom ?? 0, maxzoom: tilejson.maxzoom ?? 16, bounds: tilejson.bounds, attribution: tilejson.attribution ?? "" };
  city.addStyle({ sources: { [id]: source }, layers: [
    { id, type: "raster", source: id, layout: { visibility: "none" }, paint: { "raster-opacity": 0.75, "raster-fade-duration": 0 } }] });
}

function rampOf(top) {
  return ["interpolate", ["linear"], ["coalesce", ["feature-state", "rate"], 0], 0, "rgba(255,245,235,0)", 0.0001, "#fee6ce",
    0.3 * top, "#fdae6b", 0.6 * top, "#f16913", top, "#7f2704"];
}

function addCells(city, data) {
  const top = Math.max(config.top ?? 1, 1);
  const source = { type: "geojson", data: { type: "FeatureCollection", features: data.features } };
  city.addStyle({ sources: { cells: source }, layers: [
    { id: "cells-window", type: "fill", source: "cells", layout: { visibility: "none" }, paint: { "fill-color": rampOf(top), "fill-opacity": 0.75 } },
    { id: "cells-fill", type: "fill", source: "cells", paint: { "fill-color": GRADE_COLOURS, "fill-opacity": 0.55 } },
    { id: "cells-gi", type: "fill", source: "cells", layout: { visibility: "none" }, paint: { "fill-color": GI_COLOURS, "fill-opacity": 0.55 } },
    { id: "cells-line", type: "line", source: "cells", paint: { "line-color": "#5b6b7a", "line-width": THIN,
      "line-opacity": ["case", ["==", GRADE, "few"], 0, 1] } },
    { id: "cells-dots", type: "line", source: "cells", paint: { "line-color": "#5b6b7a", "line-width": THIN, "line-dasharray": [1, 2],
      "line-opacity": ["case", ["==", GRADE, "few"], 1, 0] } },
  ] }, "cells");
}

function middlesOf(data) {
  return { type: "FeatureCollection", features: data.features.map((feature) => ({ ...feature,
    geometry: { type: "Point", coordinates: [feature.properties.lon, feature.properties.lat] } })) };
}

function addClusters(city, data) {
  const middles = middlesOf(data);
  city.addStyle({ sources: { clusters: { type: "geojson", data }, "cluster-middles": { type: "geojson", data: middles } }, layers: [
    { id: "clusters-fill", type: "fill", source: "clusters", paint: { "fill-color": "#5b2a86", "fill-opacity": 0.04 } },
    { id: "clusters-halo", type: "line", source: "clusters", paint: { "line-color": "#ffffff", "line-width": 4, "line-opacity": 0.8 } },
    { id: "clusters-line", type: "line", source: "clusters",
      paint: { "line-color": "#5b2a86", "line-width": 2, "line-opacity": ["case", ["<=", ["get", "p"], 0.05], 1, 0.5] } },
  ] }, "clusters");
  city.addStyle({ sources: {}, layers: [
    { id: "clusters-badge", type: "symbol", source: "cluster-middles", layout: { "text-field": ["get", "badge"], "text-size": 13,
      "text-font": ["system-ui", "sans-serif"], "symbol-sort-key": ["get", "rank"] },
      paint: { "text-color": "#3c1361", "text-halo-color": "#ffffff", "text-halo-width": 2 } }] }, "clusters");
}

function paint(city) {
  const show = { heat: drawn.heat && state.whole, "cells-window": drawn.heat && !state.whole, risk: drawn.risk,
    "cells-fill": drawn.cells && state.mode === "test", "cells-gi": drawn.cells && state.mode === "gi",
    "cells-line": drawn.cells, "cells-dots": drawn.cells, piles: drawn.piles, "piles-label": drawn.piles,
    "clusters-fill": drawn.clusters, "clusters-halo": drawn.clusters, "clusters-line": drawn.clusters, "clusters-badge": drawn.clusters };
  for (const [name, ids] of Object.entries(MORE_LAYERS)) for (const id of ids) show[id] = drawn[name];
  for (const [id, yes] of Object.entries(show)) {
    if (city.map.getLayer(id)) city.map.setLayoutProperty(id, "visibility", yes ? "visible" : "none");
  }
  for (const part of document.querySelectorAll("[data-legend]")) part.hidden = !drawn[part.dataset.legend];
}

function addPiles(city, piles) {
  const features = piles.map(({ lon, lat, n, area }) => ({ type: "Feature", geometry: { type: "Point", coordinates: [lon, lat] }, properties: { n, area } }));
  city.addStyle({ sources: { piles: { type: "geojson", data: { type: "FeatureCollection", features } } }, layers: [
    { id: "piles", type: "circle", source: "piles", paint: { "circle-radius": 9, "circle-color": "rgba(255,255,255,0.7)", "circle-stroke-color": "#5b6b7a", "circle-stroke-width": 2 } },
    { id: "piles-label", type: "symbol", source: "piles", minzoom: 11, layout: { "text-field": ["concat", say("alamat baku: ", "default address: "), ["to-string", ["get", "n"]]],
      "text-size": 12, "text-offset": [0, 1.3], "text-font": ["system-ui", "sans-serif"] }, paint: { "text-color": "#3d4a57", "text-halo-color": "#ffffff", "text-halo-width": 2 } },
  ] }, "piles");
}

function addSlider(city, sliding) {
  const zone = document.documentElement.dataset.zone;
  const ahead = zoneOffset(new Date(`${config.histogram[0][0]}T00:00:00Z`), zone);
  const histogram = config.histogram.map(([day, n]) => ({ at: Date.parse(`${day}T00:00:00Z`) - ahead, n }));
  const start = histogram[0].at;
  timeSlider(document.getElementById("timeline"), { histogram, unit: word("reports_unit"), onChange: (from, to) => {
    const first = Math.max(0, Math.round((from - start) / DAY_MS));
    const end = Math.min(histogram.length, Math.round((to - start) / DAY_MS));
    state.whole = first <= 0 && end >= histogram.length;
    sliding.move(first, end, state.whole);
    paint(city);
  } });
}

/** Milliseconds that the city's clock is ahead of UTC. */
function zoneOffset(moment, zone) {
  if (!zone) return 0;
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-US", { timeZone: zone, hour12: false, year: "numeric", month: "numeric",
    day: "numeric", hour: "numeric", minute: "numeric" }).formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour % 24, parts.minute) - moment.getTime();
}

function cellFacts(cell) {
  const before = cell.n_before === undefined ? [] : [[say("Periode sebelumnya", "Period before"), number(cell.n_before)]];
  const pairs = [[say("Laporan", "Reports"), number(cell.n)], ...before, [say("Suara di jendela", "Voices in the window"), number(cell.window_n)], [say("Diharapkan", "Expected"), number(cell.expected, 1)]];
  if (typeof cell.p_adjusted === "number") pairs.push([say("p disesuaikan", "p adjusted"), cell.p_adjusted < 0.0001 ? `< ${number(0.0001, 4)}` : number(cell.p_adjusted, 4)]);
  if (typeof cell.gi_star_z === "number") pairs.push(["Gi* (z)", number(cell.gi_star_z, 2)]);
  if (typeof cell.stability === "number") pairs.push([say("Tahan geser", "Stability"), `${number(cell.stability * 100)} %`]);
  return [h("h3", {}, GRADES[cell.grade]), h("p", { class: "muted" }, cell.area || cell.island || ""), facts(pairs)];
}

const PLACES = { clusters: "klaster", alarms: "naik", leaks: "bocor" };

/** Open the details of a cluster, an alarm or a suspected leak. */
async function showFinding(layer, pk) {
  const link = document.querySelector(`#${layer} [data-id="${pk}"] a`);
  const answer = await fetch(link ? link.href : `/analisis/${PLACES[layer]}/${pk}/`);
  if (!answer.ok) return city.notice(say("Ini baru saja dihitung ulang; muat halaman lagi.", "This was just worked out anew; load the page again."));
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  return openDetails(...parsed.body.childNodes);
}

function markInList(layer, pk) {
  document.querySelectorAll(".rows .is-selected").forEach((item) => item.classList.remove("is-selected"));
  const item = document.querySelector(`#${layer} [data-id="${pk}"]`);
  item?.classList.add("is-selected");
  item?.scrollIntoView({ block: "nearest" });
}

function onSelect(city, features, lngLat) {
  const cluster = features.find((feature) => feature.source === "clusters" || feature.source === "cluster-middles");
  if (cluster) {
    showFinding("clusters", cluster.properties.pk);
    city.point([cluster.properties.lon, cluster.properties.lat], { go: false });
    markInList("clusters", cluster.properties.pk);
    return true;
  }
  const found = features.find((feature) => feature.source === "alarms" || feature.source === "leaks");
  if (found) {
    showFinding(found.source, found.id);
    markInList(found.source, found.id);
    return true;
  }
  const pile = features.find((feature) => feature.source === "piles");
  if (pile) {
    city.openPopup(lngLat, h("h3", {}, say("Alamat baku", "Default address")), facts([[say("Laporan", "Reports"), number(pile.properties.n)],
      [say("Wilayah", "Area"), pile.properties.area || "–"]]),
      h("p", {}, say("Satu titik persis: alamat yang dipakai bila tempatnya tidak diketahui.", "One exact point: the address used when the place is unknown.")));
    return true;
  }
  const other = features.find((feature) => feature.source in MORE_LAYERS);
  if (other) {
    city.openPopup(lngLat, ...moreFacts(other));
    return true;
  }
  const cell = features.find((feature) => feature.source === "cells");
  if (!cell) return false;
  city.openPopup(lngLat, ...cellFacts(sliding?.factsOf(cell) ?? cell.properties));
  return true;
}

/** Draw a layer that the reader picked a row of. */
function show(name) {
  const box = document.querySelector(`[data-draw="${name}"]`);
  if (box && !box.checked) box.click();
}

function watchRuns() {
  const waiting = [...document.querySelectorAll("[data-run-state]")];
  if (!waiting.length) return;
  const ask = async () => {
    const states = await Promise.all(waiting.map((line) => json(line.dataset.runState).catch(() => ({ done: false }))));
    if (states.every((one) => one.done)) location.reload();
    else setTimeout(ask, 1500);
  };
  setTimeout(ask, 1000);
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-order]");
  if (!form) return;
  event.preventDefault();
  const answer = await post(form.action, new FormData(form));
  if (!answer.ok) return;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  openDetails(...parsed.body.childNodes);
});

/** While the page stays open: when a new report changed the answer, take its map and list. */
function watchAnswer() {
  if (!config.state || document.querySelector("[data-run-state]")) return;
  setInterval(async () => {
    if (document.hidden || !state.whole) return;
    const told = await json(config.state).catch(() => null);
    if (told?.digest && told.digest !== config.digest) refresh();
  }, 15000);
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  Object.assign(config, JSON.parse(fresh.getElementById("heat-config").textContent));
  document.getElementById("pane-list").replaceChildren(...fresh.getElementById("pane-list").childNodes);
  const n = document.getElementById("legend-n");
  if (n) n.textContent = fresh.getElementById("legend-n")?.textContent ?? n.textContent;
  bindLists();
  await load(true);
  city.notice(say("Laporan baru sudah dihitung: peta dan daftar diperbarui.", "New reports were counted: map and list are up to date."));
}

function bindLists() {
  for (const layer of Object.keys(PLACES)) {
    const list = document.getElementById(layer);
    if (!list) continue;
    linkList(city, list, { zoom: 15, onPick: (item) => { show(layer); showFinding(layer, item.dataset.id); } });
    list.addEventListener("click", (event) => {
      const link = event.target.closest("a[href]");
      if (!link) return;
      event.preventDefault();
      const item = link.closest("[data-id]");
      show(layer);
      showFinding(layer, item.dataset.id);
      city.point([Number(item.dataset.lon), Number(item.dataset.lat)], { zoom: 15 });
    });
  }
  for (const name of ["histories", "changes", "cells"]) {
    const rows = document.getElementById(name);
    if (rows) linkList(city, rows, { zoom: 15, onPick: () => show(name) });
  }
  for (const link of document.querySelectorAll("[data-pile]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      city.point([Number(link.dataset.lon), Number(link.dataset.lat)], { zoom: 15 });
      document.querySelector("[data-pane-button=map]")?.click();
    });
  }
}

/** Fetch the parts of the answer and draw them; `again`: over what is drawn. */
async function load(again = false) {
  const names = Object.keys(MORE_LAYERS);
  const parts = [config.raster, config.risk, config.cells, config.clusters, ...names.map((name) => config[name])];
  const fetched = await Promise.allSettled(parts.map((url) => url && json(url)));
  const [heat, risk, cells, clusters, ...others] = fetched.map((one) => (one.status === "fulfilled" ? one.value : null));
  if (fetched.some((one) => one.status === "rejected")) city.notice(say("Sebagian hasil tidak dapat dimuat.", "Part of the answer could not be loaded."));
  if (again) {
    if (heat) city.map.getSource("heat")?.setTiles(heat.tiles.map((url) => (url.startsWith("/") ? location.origin + url : url)));
    if (cells) city.setData("cells", { type: "FeatureCollection", features: cells.features });
    if (clusters) { city.setData("clusters", clusters); city.setData("cluster-middles", middlesOf(clusters)); }
    names.forEach((name, at) => others[at] && city.setData(name, others[at]));
    city.setData("piles", { type: "FeatureCollection", features: [] });
  } else {
    if (heat) addRaster(city, "heat", heat);
    if (risk) addRaster(city, "risk", risk);
    if (cells) addCells(city, cells);
    names.forEach((name, at) => others[at] && addMore(city, name, others[at]));
    if (clusters) addClusters(city, clusters);
    addPiles(city, config.piles ?? []);
  }
  if (cells) {
    sliding = new SlidingWindow(city, config, cells);
    addSlider(city, sliding);
  }
  paint(city);
}

let city;
let sliding = null;
watchRuns();
const box = document.getElementById("map");
const corner = document.getElementById("heat-corner");
corner.querySelector("details").open = matchMedia("(min-width: 900px)").matches;
box.append(corner);
city = await createMap(box, { legend: false, onSelect: (features, lngLat) => onSelect(city, features, lngLat) });
for (const input of document.querySelectorAll("[data-draw]")) {
  input.addEventListener("change", () => { drawn[input.dataset.draw] = input.checked; paint(city); });
}
for (const input of document.querySelectorAll("[name=cellmode]")) {
  input.addEventListener("change", () => {
    state.mode = input.value;
    for (const part of document.querySelectorAll("[data-mode]")) part.hidden = part.dataset.mode !== state.mode;
    paint(city);
  });
}
bindLists();
await load();
const asked = new URLSearchParams(location.search).get("alarm");
if (asked && /^\d+$/.test(asked)) showFinding("alarms", asked);
document.getElementById("details")?.addEventListener("closed", () => city.unpoint());
watchAnswer();
box.dataset.drawn = "true";
