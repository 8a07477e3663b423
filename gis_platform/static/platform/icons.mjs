// Marks of the map, drawn by code on a canvas: the shape says the kind, the colour says the state.
//
// A name says what to draw: "<kind>/<layer>/<match>/<colour>", for example
// "square/wifi-hotspots/works/#0b6e8f", "column/waste-bins/80/#c2660a", "wedge/cctv/alive/#1d7a4c",
// "pin//12/#0b6e8f" (numbered), "ring/reports/proses/#7a6a00", "arrow///#0b6e8f".

const SIZE = 28;
const INK = "#16202a";

function rounded(pen, x, y, w, h, r) {
  pen.beginPath();
  pen.roundRect(x, y, w, h, r);
}

function wifi(pen, match, colour) {
  const hollow = match === "planned";
  rounded(pen, 3, 3, 22, 22, 6);
  pen.fillStyle = hollow ? "#ffffff" : colour;
  pen.fill();
  pen.setLineDash(hollow ? [3, 2.4] : []);
  pen.strokeStyle = hollow ? "#0b6e8f" : "#ffffff";
  pen.lineWidth = 1.6;
  pen.stroke();
  pen.setLineDash([]);
  pen.strokeStyle = pen.fillStyle = hollow ? "#0b6e8f" : match === "weak" || match === "unknown" ? INK : "#ffffff";
  pen.lineWidth = 2;
  for (const radius of { weak: [4.5], unknown: [] }[match] ?? [4.5, 8.5]) {
    pen.beginPath();
    pen.arc(14, 18.5, radius, -Math.PI * 0.78, -Math.PI * 0.22);
    pen.stroke();
  }
  pen.beginPath();
  pen.arc(14, 18.5, 1.8, 0, 7);
  pen.fill();
  if (match === "off") stroke(pen, [[7, 7], [21, 21]], "#ffffff", 2.4);
}

function stroke(pen, points, colour, width) {
  pen.beginPath();
  points.forEach(([x, y], at) => (at ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke();
}

function square(pen, layer, match, colour) {
  if (layer.startsWith("wifi")) return wifi(pen, match, colour);
  rounded(pen, 6, 6, 16, 16, 3);
  pen.fillStyle = colour;
  pen.fill();
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 2;
  pen.stroke();
  return undefined;
}

function column(pen, match, colour) {
  const stale = match === "stale" || match === "";
  const fill = stale ? 1 : { 0: 0.3, 60: 0.62, 80: 0.82, 95: 1 }[match] ?? 0.5;
  rounded(pen, 8, 3, 12, 22, 2);
  pen.fillStyle = "#ffffff";
  pen.fill();
  pen.save();
  pen.clip();
  pen.fillStyle = colour;
  if (stale) for (let y = -12; y < 28; y += 5) stroke(pen, [[6, y + 14], [22, y]], colour, 1.8);
  else pen.fillRect(8, 25 - 22 * fill, 12, 22 * fill);
  pen.restore();
  rounded(pen, 8, 3, 12, 22, 2);
  pen.strokeStyle = INK;
  pen.lineWidth = 1.4;
  pen.stroke();
}

function wedge(pen, match, colour) {
  const half = (35 * Math.PI) / 180;
  pen.beginPath();
  pen.moveTo(14, 15);
  pen.arc(14, 15, 13, -Math.PI / 2 - half, -Math.PI / 2 + half);
  pen.closePath();
  pen.fillStyle = colour;
  pen.globalAlpha = match === "dead" ? 0.45 : 0.6;
  pen.fill();
  pen.globalAlpha = 1;
  pen.strokeStyle = INK;
  pen.lineWidth = 1;
  pen.stroke();
  pen.beginPath();
  pen.arc(14, 15, 4, 0, 7);
  pen.fillStyle = match === "dead" ? "#ffffff" : colour;
  pen.fill();
  pen.lineWidth = 1.6;
  pen.stroke();
}

function pin(pen, label, colour) {
  pen.beginPath();
  pen.arc(14, 12, 10.5, Math.PI * 0.8, Math.PI * 0.2);
  pen.lineTo(14, 27);
  pen.closePath();
  pen.fillStyle = colour;
  pen.fill();
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 1.6;
  pen.stroke();
  text(pen, label, 14, 12.5, label.length > 2 ? 9 : 12, "#ffffff");
}

function text(pen, label, x, y, size, colour) {
  pen.fillStyle = colour;
  pen.font = `700 ${size}px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(label, x, y);
}

const QUARTERS = { "belum-diverifikasi": 0, "belum-ditindaklanjuti": 0.25, proses: 0.5, selesai: 1,
  belum_diverifikasi: 0, belum_ditindaklanjuti: 0.25, new: 0, waiting: 0.25, working: 0.5, done: 1 };

function ring(pen, match, colour) {
  pen.beginPath();
  pen.arc(14, 14, 9, 0, 7);
  pen.fillStyle = "#ffffff";
  pen.fill();
  const part = QUARTERS[match] ?? 1;
  if (part) {
    pen.beginPath();
    pen.moveTo(14, 14);
    pen.arc(14, 14, 9, -Math.PI / 2, -Math.PI / 2 + part * 2 * Math.PI);
    pen.fillStyle = colour;
    pen.fill();
  }
  pen.beginPath();
  pen.arc(14, 14, 9, 0, 7);
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 5;
  pen.stroke();
  pen.strokeStyle = colour;
  pen.lineWidth = 3;
  pen.stroke();
}

function arrow(pen, colour) {
  pen.beginPath();
  pen.moveTo(14, 6);
  pen.lineTo(21, 20);
  pen.lineTo(14, 16.5);
  pen.lineTo(7, 20);
  pen.closePath();
  pen.fillStyle = colour;
  pen.fill();
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 1.4;
  pen.stroke();
}

function swatch(pen, kind, colour) {
  if (kind === "line") return stroke(pen, [[3, 20], [25, 8]], colour === "#ffffff" ? "#9d968a" : colour, 4);
  rounded(pen, 4, 6, 20, 16, 2);
  pen.fillStyle = kind === "outline" ? "transparent" : colour;
  pen.fill();
  pen.strokeStyle = kind === "outline" ? colour : "#5b6b7a";
  pen.setLineDash(kind === "outline" ? [4, 2] : []);
  pen.lineWidth = kind === "outline" ? 2.4 : 1;
  return pen.stroke();
}

function dot(pen, colour) {
  pen.beginPath();
  pen.arc(14, 14, 8, 0, 7);
  pen.fillStyle = colour;
  pen.fill();
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 2;
  pen.stroke();
}

function paint(pen, kind, layer, match, colour) {
  switch (kind) {
    case "square": return square(pen, layer, match, colour);
    case "column": return column(pen, match, colour);
    case "wedge": return wedge(pen, match, colour);
    case "pin": return pin(pen, match, colour);
    case "ring": return ring(pen, match, colour);
    case "arrow": return arrow(pen, colour);
    case "circle": return dot(pen, colour);
    default: return swatch(pen, kind, colour);
  }
}

/** A canvas of `size` px with the mark called `name` (28 units square). */
export function drawn(name, size = SIZE) {
  const [kind, layer = "", match = "", colour = "#0b6e8f"] = name.split("/");
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * 2;
  const pen = canvas.getContext("2d");
  pen.scale((size * 2) / SIZE, (size * 2) / SIZE);
  pen.lineJoin = "round";
  pen.lineCap = "round";
  paint(pen, kind, layer, match, colour || "#0b6e8f");
  return canvas;
}

/** The name of a legend entry's mark. */
export function markName(layer, entry) {
  const match = entry.match === null || entry.match === undefined ? "" : String(entry.match);
  return [layer.symbol.kind, layer.slug, match, entry.colour].join("/");
}

/** Draw every image that a style asks for by such a name. */
export function drawMissingImages(map) {
  map.setMissingStyleImageResolver(async (asked) => {
    const id = asked?.id ?? asked;
    if (!id.includes("/") || map.hasImage(id)) return;
    const canvas = drawn(id);
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    map.addImage(id, pixels, { pixelRatio: 2 });
  });
}
