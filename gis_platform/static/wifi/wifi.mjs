// The small map of one wifi hotspot: where it stands, ringed, among the others.
import { createMap, readConfig } from "../platform/map.mjs";

const box = document.getElementById("map");
const city = await createMap(box, { ...readConfig(), hash: false, legend: false, chips: false, measure: false });
city.point(box.closest("[data-at]").dataset.at.split(" ").map(Number), { go: false });
