// The map pack of a crew's islands as a MapLibre style: coasts, streets and ferries, no tile server.
const is = (what) => ["==", ["get", "what"], what];
const WIDE = ["match", ["get", "street_class"], ["primary", "trunk", "motorway"], 3, ["secondary", "tertiary"], 2.2, 1.2];
const grown = (more) => ["interpolate", ["exponential", 1.6], ["zoom"], 10, ["*", 0.5, WIDE], 14, ["+", more, WIDE], 18, ["+", more, ["*", 4, WIDE]]];
const FONT = ["system-ui", "sans-serif"];

/** Fetch the pack and give a whole style; null when it cannot be had. */
export async function packStyle(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return null;
  const data = await answer.json();
  const line = { "line-cap": "round", "line-join": "round" };
  return {
    version: 8,
    sources: { pack: { type: "geojson", data, attribution: "" } },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": "#dfeaf0" } },
      { id: "land", type: "fill", source: "pack", filter: is("coast"), paint: { "fill-color": "#f3f1ea" } },
      { id: "coast", type: "line", source: "pack", filter: is("coast"), paint: { "line-color": "#8fa9b5", "line-width": 1 } },
      { id: "ferry", type: "line", source: "pack", filter: is("ferry"), paint: { "line-color": "#5b8fb0", "line-width": 1.5, "line-dasharray": [3, 3] } },
      { id: "street-edge", type: "line", source: "pack", filter: is("street"), layout: line, paint: { "line-color": "#c9c4b6", "line-width": grown(1.6) } },
      { id: "street", type: "line", source: "pack", filter: is("street"), layout: line, paint: { "line-color": "#ffffff", "line-width": grown(0) } },
      { id: "street-name", type: "symbol", source: "pack", filter: is("street"), minzoom: 14,
        layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-size": 12 },
        paint: { "text-color": "#4a5560", "text-halo-color": "#ffffff", "text-halo-width": 1.5 } },
      { id: "island-name", type: "symbol", source: "pack", filter: is("coast"), maxzoom: 13,
        layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 14 },
        paint: { "text-color": "#16202a", "text-halo-color": "#ffffff", "text-halo-width": 1.5 } },
    ],
  };
}
