// The small map of one wifi hotspot: where it stands among the others.
import { createMap, readConfig } from "../platform/map.mjs";

createMap(document.getElementById("map"), { ...readConfig(), hash: false, legend: false, chips: false, measure: false });
