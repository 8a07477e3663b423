// Reads the OGC API as a stranger's program does: node read_ogc.mjs http://host/ogc collection
import { OgcApiEndpoint } from "@camptocamp/ogc-client";

const [address, collection] = process.argv.slice(2);
const endpoint = new OgcApiEndpoint(address);
const info = await endpoint.info;
const items = await endpoint.getCollectionItems(collection, 1000);
console.log(
  JSON.stringify({
    title: info.title,
    conforms: (await endpoint.conformanceClasses).length,
    features: await endpoint.hasFeatures,
    tiles: await endpoint.hasTiles,
    collections: (await endpoint.featureCollections).sort(),
    tiled: (await endpoint.vectorTileCollections).sort(),
    frames: (await endpoint.getCollectionInfo(collection)).crs,
    items: items.length,
  }),
);
