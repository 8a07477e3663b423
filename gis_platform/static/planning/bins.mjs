// The page of bins: lists and map as twins.
import { createMap, linkList, readConfig } from "../platform/map.mjs";

const city = await createMap(document.getElementById("map"), readConfig());
for (const id of ["bin-rows", "need-rows"]) {
  const rows = document.getElementById(id);
  if (rows) linkList(city, rows, { zoom: 16 });
}
