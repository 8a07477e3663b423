// A small map of one place: the box with data-at="lon lat" around the map says which one is ringed.
import { createMap, readConfig } from "./map.mjs";

const box = document.getElementById("map");
const city = await createMap(box, { ...readConfig(), hash: false, legend: false, chips: false, measure: false });
city.point(box.closest("[data-at]").dataset.at.split(" ").map(Number), { go: false });
