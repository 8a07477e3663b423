// The public map: the filtered set on the map and in the list, nearest WiFi, sharing a view.
import { h, soon } from "./dom.mjs";
import { createMap, linkList, liveTiles, readConfig, timeSlider } from "./map.mjs";
import { facts } from "./popup.mjs";
import { closeDetails, showPane, tellAges } from "./shell.mjs";
import { readCounts } from "./timeline.mjs";
import { iso } from "./windows.mjs";
import { distance, word } from "./words.mjs";

const config = readConfig();
const DOTS = { "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 5, 13, 7, 17, 9],
  "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.6 };

function colourByState(layer) {
  const pairs = layer.symbol.entries.flatMap((entry) => [entry.match, entry.colour]);
  return ["match", ["get", layer.symbol.by], ...pairs, "#8d99a5"];
}

/** Reports come from the page's own filter, so map and list hold the same set. */
function restyle(slug, style) {
  if (slug !== "reports" || !config.reports_url) return style;
  const layer = config.layers.find((one) => one.slug === "reports");
  const bunch = ["has", "point_count"];
  return { version: 8,
    sources: { reports: { type: "geojson", data: config.reports_url, cluster: true, clusterMaxZoom: 15, clusterRadius: 38 } },
    layers: [
      { id: "reports", type: "circle", source: "reports", filter: ["!", bunch],
        paint: { ...DOTS, "circle-color": colourByState(layer) } },
      { id: "reports-bunch", type: "circle", source: "reports", filter: bunch, metadata: { slot: "slot-label" },
        paint: { "circle-color": "#ffffff", "circle-stroke-color": "#16202a", "circle-stroke-width": 2,
          "circle-radius": ["step", ["get", "point_count"], 12, 10, 15, 50, 19] } },
      { id: "reports-number", type: "symbol", source: "reports", filter: bunch,
        layout: { "text-field": ["get", "point_count_abbreviated"], "text-font": ["system-ui", "sans-serif"],
          "text-size": 12, "text-allow-overlap": true }, paint: { "text-color": "#16202a" } },
    ] };
}

const city = await createMap(document.getElementById("map"), { ...config, restyle, keepLayers: true,
  timed: ["reports"] }); // what is in force now does not hide because it began earlier
linkTwin();
let slider = null;
let counted = "";
showTime();

/** The slider moves the view's period: list, map and address follow it. */
async function showTime() {
  const { counts, from, to } = config.time;
  const window = from && [new Date(from), to ? new Date(to) : new Date()];
  city.setWindow(window || null);
  if (slider?.busy()) return;
  if (slider && counted === counts) { slider.set(...(window || [slider.first, slider.last])); return; }
  const histogram = await readCounts(counts).catch(() => []);
  counted = counts;
  slider = timeSlider(document.getElementById("timeline"), { histogram, window: window || undefined, presets: false,
    unit: word("reports_unit"), onChange: choosePeriod });
}

function choosePeriod(since, until) {
  const url = new URL(location.href);
  const whole = since <= slider.first && until >= slider.last;
  url.searchParams.set("waktu", whole ? "semua" : `${iso(since)}/${iso(until)}`);
  url.searchParams.delete("hal");
  take(url.pathname + url.search);
}

function linkTwin() {
  const twin = document.getElementById("twin");
  if (!twin) return;
  linkList(city, twin, { zoom: 16, onPick: (item) => { if (!city.visible.has(item.dataset.layer)) city.show(item.dataset.layer); } });
}

/** The page's new address, with the layers that are drawn and the place on the map. */
function keepAddress(url) {
  const shown = new URLSearchParams(location.search).get("lapis");
  const next = new URL(url, location.href);
  if (shown) next.searchParams.set("lapis", shown);
  history.pushState({}, "", next.href.replaceAll("%2C", ",") + location.hash);
}

/** Finds the control that has the focus again, once its part of the page came anew. */
function focused() {
  const here = document.activeElement;
  const part = here?.closest(".filterbar, #pane-list");
  if (!part || here === part) return () => null;
  const chips = () => [...part.querySelectorAll("a.chip")];
  const at = chips().indexOf(here);
  const value = here.type === "checkbox" ? `[value="${CSS.escape(here.value)}"]` : "";
  const same = here.name ? `[name="${CSS.escape(here.name)}"]${value}` : here.rel ? `.pages [rel="${here.rel}"]` : "";
  return () => (at < 0 ? same && part.querySelector(same) : chips()[at]) || part;
}

let asked = 0;

/** Take a filtered page: its list, its filters, its reports; the map stays where it is. */
async function take(url, keep = true) {
  const turn = ++asked;
  const answer = await fetch(url);
  if (!answer.ok) { location.assign(url); return; }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (turn !== asked) return; // another filter was chosen meanwhile
  if (keep) keepAddress(url);
  const again = focused();
  for (const part of ["#pane-list", ".filterbar"]) {
    const open = document.querySelector(part).classList.contains("is-open");
    document.querySelector(part).replaceChildren(...document.importNode(page.querySelector(part), true).childNodes);
    if (open) document.querySelector(part).classList.add("is-open");
  }
  again()?.focus({ preventScroll: true });
  const fresh = JSON.parse(page.getElementById("map-config").textContent);
  const otherKind = Boolean(fresh.reports_url) !== Boolean(config.reports_url);
  Object.assign(config, { reports_url: fresh.reports_url, time: fresh.time });
  showTime();
  if (otherKind) await city.renew("reports");
  else if (city.map.getSource("reports")?.setData && fresh.reports_url) city.setData("reports", fresh.reports_url);
  const island = new URL(url, location.href).searchParams.get("pulau");
  if (island && fresh.bounds) city.fit(fresh.bounds, { padding: city.room() });
  tellAges();
  linkTwin();
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("#filters, .near-form");
  if (!form) return;
  event.preventDefault();
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  take(`${form.action}?${query}`);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest(".portal-head a.chip, .pages a, .list-empty a");
  if (link) {
    event.preventDefault();
    take(link.href);
  }
  if (event.target.closest("[data-nearest-wifi]")) nearestWifi();
  if (event.target.closest("[data-share]")) share();
});
addEventListener("popstate", () => take(location.href, false));

function whereAmI() {
  const centre = city.map.getCenter();
  const fallback = { lon: centre.lng, lat: centre.lat, words: word("from_centre") };
  return new Promise((done) => {
    if (!navigator.geolocation) { done(fallback); return; }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => done({ lon: coords.longitude, lat: coords.latitude, words: word("from_you") }),
      () => done(fallback), { timeout: 6000, maximumAge: 60000, enableHighAccuracy: true });
  });
}

async function ask(place) {
  const answer = await fetch(`/peta/wifi-terdekat.json?lon=${place.lon.toFixed(6)}&lat=${place.lat.toFixed(6)}`,
    { headers: { Accept: "application/json" } });
  const body = await answer.json();
  return answer.ok ? { wifi: body.wifi } : { problem: body.title };
}

function wifiLine(one) {
  const away = one.across_water ? `${distance(one.metres)} · ${word("across_water")}` : distance(one.metres);
  return h("li", { dataset: { lon: one.lon, lat: one.lat, layer: "wifi-hotspots", id: one.id } },
    h("div", { class: "row-link", tabindex: "0", role: "button" },
      h("div", { class: "row-top" }, h("strong", {}, one.name), h("strong", { class: "num" }, away)),
      h("div", { class: "muted small" }, [one.status_word, one.where].filter(Boolean).join(" · "))));
}

async function nearestWifi() {
  const box = document.getElementById("nearest");
  box.replaceChildren(h("p", {}, word("search_wifi")));
  let place = await whereAmI();
  let { wifi, problem } = await ask(place);
  if (problem && place.words === word("from_you")) {
    const centre = city.map.getCenter();
    place = { lon: centre.lng, lat: centre.lat, words: word("from_centre") };
    ({ wifi, problem } = await ask(place));
  }
  if (problem) { box.replaceChildren(h("p", {}, problem)); return; }
  const list = h("ul", { class: "rows" }, ...wifi.map(wifiLine));
  box.replaceChildren(h("p", { class: "muted" }, `${word("straight_line")}, ${place.words}`), list);
  linkList(city, list, { zoom: 16 });
  await city.show("wifi-hotspots");
  if (wifi.length) {
    const first = wifi[0];
    city.point([first.lon, first.lat], { zoom: 15 });
    city.openPopup([first.lon, first.lat], h("h3", {}, first.name),
      facts([[word("distance"), distance(first.metres)], [word("status"), first.status_word]]));
  }
}

async function share() {
  const box = document.getElementById("share-box");
  const address = location.href;
  box.hidden = false;
  const path = location.pathname + location.search + location.hash;
  box.replaceChildren(
    h("div", { class: "copy" }, h("code", {}, address), h("button", { type: "button", dataset: { copyButton: "", copy: address } }, word("copy"))),
    h("img", { src: `/peta/qr.svg?alamat=${encodeURIComponent(path)}`, alt: word("qr"), width: 180, height: 180 }));
  if (navigator.share && matchMedia("(pointer: coarse)").matches) navigator.share({ url: address, title: document.title }).catch(() => {});
}

if (matchMedia("(max-width: 899px)").matches && location.hash === "#daftar") showPane("list");
closeDetails();

/** The list after a change: same filters, same page; not while somebody reads it by keys. */
const relist = soon(async () => {
  const pane = document.getElementById("pane-list");
  if (pane.contains(document.activeElement)) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  pane.replaceChildren(...document.importNode(page.getElementById("pane-list"), true).childNodes);
  tellAges();
  linkTwin();
}, 1000);

liveTiles(city, { onChange: (layer) => {
  if ((!layer || layer === "reports") && config.reports_url) city.setData("reports", config.reports_url);
  const listed = document.querySelector("#pane-list [data-layer]")?.dataset.layer ?? "reports";
  if (!layer || layer === listed) relist();
} });
