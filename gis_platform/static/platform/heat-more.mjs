// Further layers of the heat pages: areas of heat, histories of cells, suspected leaks.
import { h } from "./dom.mjs";
import { facts } from "./popup.mjs";
import { number } from "./words.mjs";

const english = document.documentElement.lang === "en";
const say = (indonesian, other) => (english ? other : indonesian);
const PATTERNS = {
  new: say("baru", "new"), consecutive: say("berturut-turut", "consecutive"), intensifying: say("menguat", "intensifying"),
  persistent: say("menetap", "persistent"), diminishing: say("melemah", "diminishing"), sporadic: say("hilang timbul", "sporadic"),
  oscillating: say("berbalik-balik", "oscillating"), historical: say("dahulu", "historical"),
};
const CHANGES = { risen: say("naik", "risen"), fallen: say("turun", "fallen"), same: say("beda tidak nyata", "no significant change"),
  few: say("terlalu sedikit untuk diuji", "too few to say") };
const PATTERN_COLOURS = ["match", ["get", "pattern"], "new", "#e6007e", "consecutive", "#c51b7d", "intensifying", "#67001f",
  "persistent", "#b2182b", "diminishing", "#8c6d31", "sporadic", "#e08214", "oscillating", "#6a51a3", "#525252"];
const SHARE_COLOURS = ["match", ["get", "held_pct"], 25, "#7f2704", 50, "#d94801", "#fd8d3c"];

/** Name of a layer -> ids of its map layers. */
export const MORE_LAYERS = { changes: ["changes-fill", "changes-line"], wayheat: ["wayheat-line"], contours: ["contours-line"], histories: ["histories-fill", "histories-line"], alarms: ["alarms-fill", "alarms-halo", "alarms-line"],
  leaks: ["leaks-dot", "leaks-label"] };

const STREET_COLOURS = ["match", ["get", "grade"], 4, "#7f2704", 3, "#f16913", 2, "#fdae6b", "#fee6ce"];
const RATIO = ["/", ["-", ["get", "window_n"], ["get", "expected"]], ["max", ["get", "expected"], 1]];
const RATIO_COLOURS = ["interpolate", ["linear"], RATIO, -1, "#2166ac", -0.3, "#92c5de", 0, "rgba(247,247,247,0.2)", 0.3, "#f4a582", 1, "#b2182b"];
const SURE_CHANGE = ["in", ["get", "change"], ["literal", ["risen", "fallen"]]];

const STYLES = {
  changes: [
    { id: "changes-fill", type: "fill", paint: { "fill-color": RATIO_COLOURS, "fill-opacity": ["case", SURE_CHANGE, 0.75, ["==", ["get", "change"], "few"], 0.1, 0.3] } },
    { id: "changes-line", type: "line", filter: SURE_CHANGE, paint: { "line-color": "#16202a", "line-width": 2 } },
  ],
  wayheat: [{ id: "wayheat-line", type: "line", layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": STREET_COLOURS, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 1.5, 15, 6] } }],
  alarms: [
    { id: "alarms-fill", type: "fill", paint: { "fill-color": "#b5179e", "fill-opacity": 0.08 } },
    { id: "alarms-halo", type: "line", paint: { "line-color": "#ffffff", "line-width": 6, "line-opacity": 0.8 } },
    { id: "alarms-line", type: "line", paint: { "line-color": "#b5179e", "line-width": 3, "line-dasharray": [3, 1.5] } },
  ],
  contours: [{ id: "contours-line", type: "line", paint: { "line-color": SHARE_COLOURS, "line-width": 2 } }],
  histories: [
    { id: "histories-fill", type: "fill", paint: { "fill-color": PATTERN_COLOURS, "fill-opacity": 0.08 } },
    { id: "histories-line", type: "line", paint: { "line-color": PATTERN_COLOURS, "line-width": 2.5,
      "line-opacity": ["case", ["==", ["get", "side"], "hot"], 1, 0.5] } },
  ],
  leaks: [
    { id: "leaks-dot", type: "circle", paint: { "circle-color": "#08519c", "circle-radius": 8, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 } },
    { id: "leaks-label", type: "symbol", layout: { "text-field": ["to-string", ["get", "n"]], "text-size": 11, "text-font": ["system-ui", "sans-serif"],
      "text-allow-overlap": true }, paint: { "text-color": "#ffffff" } },
  ],
};

/** Add the features of one further layer to the map. */
export function addMore(city, name, data) {
  const layers = STYLES[name].map((layer) => ({ ...layer, source: name, layout: { visibility: "none", ...layer.layout } }));
  city.addStyle({ sources: { [name]: { type: "geojson", data } }, layers }, name);
}

/** Heading and facts of a feature of these layers. */
export function moreFacts({ source, properties: row }) {
  if (source === "contours") {
    return [h("h3", {}, say(`${row.held_pct} % panas`, `${row.held_pct} % of the heat`)), facts([
      [say("Luas", "Area"), `${number(row.area_km2, 2)} km²`], [say("Laporan di dalamnya", "Reports inside"), number(row.n)],
      [say("Di batasnya", "At the line"), `${number(row.weekly_km2, 1)} ${say("per km² per minggu", "per km² a week")}`]])];
  }
  if (source === "changes") {
    return [h("h3", {}, CHANGES[row.change]), facts([
      [say("Periode ini", "This period"), number(row.n)], [say("Pembanding", "Compared with"), number(row.n_before)],
      [say("Suara di jendela", "Voices in the window"), `${number(row.window_before)} → ${number(row.window_n)}`],
      [say("Diharapkan", "Expected"), number(row.expected, 1)],
      [say("p disesuaikan", "p adjusted"), typeof row.p_adjusted === "number" ? number(row.p_adjusted, 4) : "–"]])];
  }
  if (source === "wayheat") {
    return [h("h3", {}, row.name || say("Jalan tanpa nama", "Street without a name")), facts([
      [say("Laporan per km jalan per minggu", "Reports per km of street and week"), number(row.weekly_km, 2)]])];
  }
  return [h("h3", {}, PATTERNS[row.pattern]), facts([
    [say("Suara, semua langkah", "Voices, all steps"), number(row.n)],
    [say("Langkah terakhir", "Last step"), `${number(row.n_last)} (${say("diharapkan", "expected")} ${number(row.expected_last, 1)})`],
    [say("Langkah padat", "Hot steps"), say(`${row.n_hot} dari ${row.steps}`, `${row.n_hot} of ${row.steps}`)],
    [say("Panjang langkah", "Step"), say(`${row.step_days} hari`, `${row.step_days} days`)],
    [say("Kecenderungan", "Trend"), `z ${number(row.mk_z, 2)}, p ${number(row.mk_p, 3)}`]])];
}
