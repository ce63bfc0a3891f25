// Every row as a point on a canvas. The crowd is counted by pixel, so that 200,000 rows cost one
// pass over an array and no shape is drawn for any of them; only rows that are in are discs.

const NEAR = 12;
const DEEP = 32; // rows in one pixel from which on it gets no darker

export class PoolMap {
  constructor(canvas, places, { isIn, onChoose }) {
    Object.assign(this, { canvas, places, isIn, onChoose });
    this.size = places.length / 2;
    this.found = null;
    this.chosen = null;
    this.hover = null;
    this.reach = [0, 0]; // how far the places go from the middle, across and down
    places.forEach((one, at) => (this.reach[at % 2] = Math.max(this.reach[at % 2], Math.abs(one))));
    this.crowd = document.createElement("canvas");
    this.whole();
    new ResizeObserver(() => this.fit()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    this.listen();
  }

  whole() {
    Object.assign(this, { x: 0, y: 0, zoom: 1 });
  }

  fit() {
    const ratio = devicePixelRatio || 1;
    const width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    if (width === this.canvas.width && height === this.canvas.height && this.drawn) return;
    for (const one of [this.canvas, this.crowd]) Object.assign(one, { width, height });
    this.ratio = ratio;
    this.redraw();
  }

  // Pixels of the canvas for places in [-1, 1].
  get frame() {
    const { width, height } = this.canvas;
    const room = [width, height].map((one, at) => (one / 2 - 12 * this.ratio) / (this.reach[at] || 1));
    const scale = Math.min(...room) * this.zoom;
    return { scale, left: width / 2 - this.x * scale, top: height / 2 - this.y * scale };
  }

  redraw() {
    this.stale = true;
    this.soon();
  }

  soon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      if (this.stale) this.count();
      this.stale = false;
      this.draw();
    });
  }

  count() {
    const { width, height } = this.crowd;
    const { scale, left, top } = this.frame;
    const style = getComputedStyle(this.canvas);
    const plain = rgb(style.getPropertyValue("--chance"));
    const match = rgb(style.getPropertyValue("--match"));
    const counts = [new Uint16Array(width * height), new Uint16Array(width * height)];
    const span = Math.max(1, Math.round((this.size > 20_000 ? 1 : this.size > 3_000 ? 1.5 : 2.5) * this.ratio));
    for (let row = 0; row < this.size; row++) {
      const x = Math.round(this.places[2 * row] * scale + left - span / 2);
      const y = Math.round(this.places[2 * row + 1] * scale + top - span / 2);
      if (x < 0 || y < 0 || x + span > width || y + span > height) continue;
      const into = counts[this.found?.[row] ? 1 : 0];
      for (let down = y; down < y + span; down++)
        for (let at = down * width + x; at < down * width + x + span; at++)
          if (into[at] < 65535) into[at]++;
    }
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const shades = [shade(plain, this.found ? 0.82 : 0.6), shade(match, 0.25)];
    for (let at = 0; at < width * height; at++) {
      const [all, hits] = [counts[0][at], counts[1][at]];
      if (all || hits) pixels[at] = shades[hits ? 1 : 0][Math.min(hits || all, DEEP)];
    }
    this.crowd.getContext("2d").putImageData(image, 0, 0);
  }

  draw() {
    const pen = this.canvas.getContext("2d");
    const { scale, left, top } = this.frame;
    const style = getComputedStyle(this.canvas);
    const { width, height } = this.canvas;
    pen.clearRect(0, 0, width, height);
    pen.drawImage(this.crowd, 0, 0);
    const rows = this.isIn();
    const size = (rows.length > 5_000 ? 1.2 : rows.length > 500 ? 1.9 : 3) * this.ratio;
    pen.fillStyle = style.getPropertyValue("--choice");
    pen.globalAlpha = 0.85;
    pen.beginPath();
    for (const row of rows) {
      const x = this.places[2 * row] * scale + left;
      const y = this.places[2 * row + 1] * scale + top;
      if (x < -size || y < -size || x > width + size || y > height + size) continue;
      pen.moveTo(x + size, y);
      pen.arc(x, y, size, 0, 7);
    }
    pen.fill();
    pen.globalAlpha = 1;
    pen.strokeStyle = style.getPropertyValue("--ink");
    for (const [row, thick] of [[this.hover, 1], [this.chosen, 2.5]]) {
      if (row == null) continue;
      pen.lineWidth = thick * this.ratio;
      pen.beginPath();
      pen.arc(this.places[2 * row] * scale + left, this.places[2 * row + 1] * scale + top, 7 * this.ratio, 0, 7);
      pen.stroke();
    }
    this.drawn = true;
  }

  nearest(event) {
    const { scale, left, top } = this.frame;
    const x = event.offsetX * this.ratio;
    const y = event.offsetY * this.ratio;
    let best = (NEAR * this.ratio) ** 2;
    let found = null;
    for (let row = 0; row < this.size; row++) {
      const gap = (this.places[2 * row] * scale + left - x) ** 2 + (this.places[2 * row + 1] * scale + top - y) ** 2;
      if (gap < best) [best, found] = [gap, row];
    }
    return found;
  }

  // Zoom around a point of the canvas, in pixels of the page.
  zoomBy(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    const before = this.frame;
    const [px, py] = [(x * this.ratio - before.left) / before.scale, (y * this.ratio - before.top) / before.scale];
    this.zoom = Math.min(200, Math.max(1, this.zoom * factor));
    if (this.zoom === 1) this.whole();
    const after = this.frame;
    if (this.zoom > 1) {
      this.x += px - (x * this.ratio - after.left) / after.scale;
      this.y += py - (y * this.ratio - after.top) / after.scale;
    }
    this.redraw();
  }

  moveBy(x, y) {
    if (this.zoom === 1) return;
    this.x = Math.min(1, Math.max(-1, this.x + (x * this.ratio) / this.frame.scale));
    this.y = Math.min(1, Math.max(-1, this.y + (y * this.ratio) / this.frame.scale));
    this.redraw();
  }

  listen() {
    let grip = null;
    const { canvas } = this;
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && this.zoom === 1 && event.deltaY > 0) return;
      event.preventDefault();
      this.zoomBy(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY);
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      grip = { x: event.offsetX, y: event.offsetY, far: 0 };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (grip && event.buttons) {
        const [x, y] = [grip.x - event.offsetX, grip.y - event.offsetY];
        this.moveBy(x, y);
        grip = { x: event.offsetX, y: event.offsetY, far: grip.far + Math.hypot(x, y) };
        return;
      }
      const found = this.nearest(event);
      if (found === this.hover) return;
      this.hover = found;
      this.soon();
    });
    canvas.addEventListener("pointerleave", () => {
      this.hover = null;
      this.soon();
    });
    canvas.addEventListener("pointerup", (event) => {
      const row = grip && grip.far < 5 ? this.nearest(event) : null;
      grip = null;
      if (row != null) this.onChoose(row);
    });
    canvas.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: [-40, 0], ArrowRight: [40, 0], ArrowUp: [0, -40], ArrowDown: [0, 40] };
      if (event.key === "+" || event.key === "=") this.zoomBy(1.5);
      else if (event.key === "-") this.zoomBy(1 / 1.5);
      else if (event.key === "0") this.zoomBy(0);
      else if (event.key in moves) this.moveBy(...moves[event.key]);
      else return;
      event.preventDefault();
    });
  }
}

// The pixel of a color for each number of rows in it, each row letting a share of the light through.
function shade([red, green, blue], veil) {
  const pixel = new Uint8ClampedArray(4 * (DEEP + 1));
  for (let rows = 1; rows <= DEEP; rows++)
    pixel.set([red, green, blue, 255 * (1 - veil ** rows)], 4 * rows);
  return new Uint32Array(pixel.buffer);
}

function rgb(color) {
  const hex = color.trim().slice(1);
  return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
}
