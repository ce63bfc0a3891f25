// What the picks brought, over their number; the part that is taken is filled.

import { draw, short } from "./element.js";

const WORDS = {
  value: "Value reached",
  gain: "Gain of the last pick",
  score: "Score of the last pick",
};
const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [150, 46, 8, 10, 22];
const MOST = 500;

export class Curve {
  constructor(svg, kind, numbers) {
    Object.assign(this, { svg, kind });
    let sum = 0;
    this.y = kind === "value" ? Float64Array.from(numbers, (one) => (sum += one)) : numbers;
    this.k = numbers.length;
    new ResizeObserver(() => this.redraw()).observe(svg.parentElement);
  }

  at(k) {
    if (k < 1) return this.kind === "value" ? 0 : null;
    const value = this.y[k - 1];
    return Number.isFinite(value) ? value : null;
  }

  say(k) {
    const value = this.at(k);
    if (value == null) return "";
    const whole = this.at(this.y.length);
    const share = this.kind === "value" && whole > 0 ? `, ${((100 * value) / whole).toFixed(1)} % of what all picks reach` : "";
    return `${WORDS[this.kind]}: ${short(value)}${share}`;
  }

  move(k) {
    this.k = k;
    if (!this.edge) return;
    const x = this.x(k);
    this.fill.setAttribute("width", Math.max(0, x - LEFT));
    this.edge.setAttribute("x1", x);
    this.edge.setAttribute("x2", x);
    const value = this.at(k);
    this.dot.setAttribute("visibility", value == null ? "hidden" : "visible");
    if (value != null) {
      this.dot.setAttribute("cx", x);
      this.dot.setAttribute("cy", this.up(value));
    }
    this.svg.setAttribute("aria-label", `After ${k} picks, ${this.say(k) || "nothing is known"}`);
  }

  x(k) {
    return LEFT + (k / Math.max(1, this.y.length)) * (this.width - LEFT - RIGHT);
  }

  up(value) {
    return HEIGHT - BOTTOM - ((value - this.low) / (this.high - this.low)) * (HEIGHT - TOP - BOTTOM);
  }

  redraw() {
    this.width = Math.max(120, this.svg.parentElement.clientWidth);
    const size = this.y.length;
    const step = Math.max(1, Math.floor(size / MOST));
    const points = this.kind === "value" ? [[0, 0]] : [];
    for (let k = 1; k <= size; k++)
      if ((k % step === 0 || k === size) && this.at(k) != null) points.push([k, this.at(k)]);
    const values = points.map(([, value]) => value);
    this.low = Math.min(0, ...values);
    this.high = Math.max(...values, this.low + 1e-12);
    const line = points.map(([k, value]) => `${this.x(k).toFixed(1)},${this.up(value).toFixed(1)}`);
    const base = this.up(this.low);
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
    this.svg.replaceChildren();
    const clip = draw("clipPath", { id: "taken" });
    this.fill = draw("rect", { x: LEFT, y: 0, width: 0, height: HEIGHT });
    clip.append(this.fill);
    const under = [`${this.x(points[0]?.[0] ?? 0)},${base}`, ...line, `${this.x(size)},${base}`];
    this.edge = draw("line", { y1: TOP, y2: base, class: "edge" });
    this.dot = draw("circle", { r: 4, class: "dot" });
    this.svg.append(clip);
    for (const value of [this.low, (this.low + this.high) / 2, this.high]) {
      const y = this.up(value);
      this.svg.append(
        draw("line", { x1: LEFT, x2: this.width - RIGHT, y1: y, y2: y, class: "grid" }),
        draw("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, short(value)),
      );
    }
    for (const [k, anchor] of [[0, "start"], [size, "end"]])
      this.svg.append(draw("text", { x: this.x(k), y: HEIGHT - 6, "text-anchor": anchor }, k.toLocaleString("en")));
    this.svg.append(
      draw("text", { x: (LEFT + this.width) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, "number of picks"),
      draw("polygon", { points: under.join(" "), class: "under", "clip-path": "url(#taken)" }),
      draw("polyline", { points: line.join(" "), class: "line" }),
      this.edge,
      this.dot,
    );
    this.move(this.k);
  }
}
