// Sites of a plan moved by drag or by arrow keys; the server counts the new arrangement at once.
import { h, readJson } from "../platform/dom.mjs";
import { number } from "../platform/words.mjs";
import { fill } from "./wishes.mjs";

const { pages = {}, words = {} } = readJson("planning-script", {});
const STEP = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const SPOTS = "move-spots";
const SPOT = { "circle-radius": 4, "circle-color": "#ffffff", "circle-stroke-color": "#0b6e8f", "circle-stroke-width": 2 };

/** The pins of one plan, movable between its candidates. `pins`: [{feature, marker, element}]. */
export class Moves {
  constructor(city, pins) {
    this.city = city;
    this.pins = pins;
    this.first = pins.map((pin) => pin.feature.properties.candidate);
    this.now = [...this.first];
    this.form = document.getElementById("moved");
    pins.forEach((pin, i) => this.listen(pin, i));
    document.getElementById("move-back").addEventListener("click", () => this.back());
  }

  listen(pin, i) {
    pin.marker.setDraggable(true);
    pin.marker.on("dragstart", () => { pin.element.classList.add("is-moving"); this.showSpots(); });
    pin.marker.on("drag", () => this.hint(pin));
    pin.marker.on("dragend", () => this.drop(pin, i));
    pin.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.stopPropagation(); this.put(i, this.first[i]); return; }
      if (!STEP[event.key]) return;
      event.preventDefault();
      event.stopPropagation();
      this.step(i, STEP[event.key]);
    });
  }

  /** Candidates of the run, fetched at the first touch. */
  spots() {
    this.asked ??= fetch(pages.sites).then(async (answer) => {
      const body = await answer.json();
      if (!answer.ok) { this.say(body.title); throw new Error(body.title); }
      return new Map(body.candidates.map((one) => [one.code, one]));
    });
    return this.asked;
  }

  async showSpots() {
    const features = [...(await this.spots()).values()].map((one) => ({ type: "Feature", properties: {},
      geometry: { type: "Point", coordinates: [one.lon, one.lat] } }));
    if (!this.city.map.getSource(SPOTS)) {
      this.city.addData(SPOTS, { type: "FeatureCollection", features }, [{ id: SPOTS, type: "circle", paint: SPOT }]);
    }
  }

  free(spots, i) {
    const taken = new Set(this.now.filter((_code, other) => other !== i));
    return [...spots.values()].filter((one) => !taken.has(one.code));
  }

  nearest(spots, i, { lng, lat }) {
    const far = (one) => ((one.lon - lng) * Math.cos((lat * Math.PI) / 180)) ** 2 + (one.lat - lat) ** 2;
    return this.free(spots, i).reduce((best, one) => (far(one) < far(best) ? one : best));
  }

  async hint(pin) {
    const spot = this.nearest(await this.spots(), this.pins.indexOf(pin), pin.marker.getLngLat());
    this.city.point([spot.lon, spot.lat], { go: false });
  }

  async drop(pin, i) {
    pin.element.classList.remove("is-moving");
    pin.dropped = performance.now(); // the click that ends a drag opens no popup
    const at = pin.marker.getLngLat();
    await this.put(i, this.nearest(await this.spots(), i, at).code);
    this.city.unpoint();
  }

  /** The nearest free candidate within 45 degrees of a direction. */
  async step(i, [east, north]) {
    const spots = await this.spots();
    const here = spots.get(this.now[i]);
    const flat = Math.cos((here.lat * Math.PI) / 180);
    const ahead = this.free(spots, i).map((one) => {
      const [x, y] = [(one.lon - here.lon) * flat, one.lat - here.lat];
      return { one, along: x * east + y * north, aside: Math.abs(x * north - y * east), far: Math.hypot(x, y) };
    }).filter((way) => way.along > 0 && way.aside <= way.along);
    if (!ahead.length) return this.say(words.none);
    ahead.sort((a, b) => a.far - b.far);
    return this.put(i, ahead[0].one.code);
  }

  async put(i, code) {
    const spots = await this.spots();
    const [from, spot] = [spots.get(this.now[i]), spots.get(code)];
    this.now[i] = code;
    this.pins[i].marker.setLngLat([spot.lon, spot.lat]);
    await this.count(from.code === code ? "" : fill(words.moved, { from: from.name, to: spot.name }));
  }

  async count(said) {
    const began = performance.now();
    this.turn = (this.turn ?? 0) + 1;
    const turn = this.turn;
    const ask = (codes) => fetch(`${pages.arrangement}?${new URLSearchParams(codes.map((code) => ["titik", code]))}`)
      .then((answer) => answer.json());
    this.base ??= ask(this.first);
    const [base, changed] = await Promise.all([this.base, ask(this.now)]);
    if (turn !== this.turn) return; // a later move is being counted
    this.show(base, changed, said);
    this.form.dataset.ms = Math.round(performance.now() - began);
  }

  show(base, changed, said) {
    const same = this.now.every((code, i) => code === this.first[i]);
    this.form.hidden = same;
    const line = (label, before, after) => h("tr", {}, h("th", { scope: "row" }, label),
      h("td", { class: "num" }, before), h("td", { class: "num" }, after));
    const share = (area) => `${number(area.after_pct, 1)} % (${area.sites})`;
    document.querySelector("#moved-figures tbody").replaceChildren(
      line(words.gain, number(base.people_gained), number(changed.people_gained)),
      line(words.money, base.money, changed.money),
      ...base.areas.map((area, i) => [area, changed.areas[i]]).filter(([a, b]) => a.after_pct !== b.after_pct || a.sites !== b.sites)
        .map(([a, b]) => line(a.name, share(a), share(b))),
    );
    document.getElementById("moved-warnings").replaceChildren(...changed.warnings.map((text) => h("li", {}, text)));
    this.form.querySelectorAll("input[name=titik]").forEach((input) => input.remove());
    this.form.append(...this.now.map((code) => h("input", { type: "hidden", name: "titik", value: code })));
    this.say(said);
  }

  say(text) { if (text) { document.getElementById("moved-said").textContent = text; } }

  async back() {
    const spots = await this.spots();
    this.now = [...this.first];
    this.pins.forEach((pin, i) => { const spot = spots.get(this.first[i]); pin.marker.setLngLat([spot.lon, spot.lat]); });
    await this.count("");
  }
}
