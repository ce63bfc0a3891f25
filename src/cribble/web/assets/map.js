// Every row as a point on a canvas. The crowd is counted by pixel and rows that are in are stamped
// into pixels, so that 200,000 rows cost one pass over an array and no shape is drawn for any of
// them. Each is a picture of its own, made anew only when it changes: pointing at a row moves a ring.

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
    this.discs = document.createElement("canvas");
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
    for (const one of [this.canvas, this.crowd, this.discs]) Object.assign(one, { width, height });
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

  // All anew: the view has moved, or other rows are found.
  redraw() {
    this.stale = true;
    this.restamp();
  }

  // Other rows are in.
  restamp() {
    this.moved = true;
    this.soon();
  }

  soon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      if (this.stale) this.count();
      if (this.moved) this.stamp();
      this.stale = this.moved = false;
      this.draw();
    });
  }

  count() {
    const { width, height } = this.crowd;
    const { scale, left, top } = this.frame;
    const { places, size, found } = this;
    const style = getComputedStyle(this.canvas);
    const counts = new Uint16Array(width * height);
    const hits = found ? new Uint16Array(width * height) : counts;
    const span = Math.max(1, Math.round((size > 20_000 ? 1 : size > 3_000 ? 1.5 : 2.5) * this.ratio));
    const [across, down] = [left - span / 2 + 0.5, top - span / 2 + 0.5];
    for (let row = 0; row < size; row++) {
      const x = places[2 * row] * scale + across;
      const y = places[2 * row + 1] * scale + down;
      if (x < 0 || y < 0 || x >= width - span + 1 || y >= height - span + 1) continue;
      const into = found && found[row] ? hits : counts;
      const first = (y | 0) * width + (x | 0);
      for (let line = first; line < first + span * width; line += width)
        for (let at = line; at < line + span; at++) if (into[at] < DEEP) into[at]++;
    }
    const plain = shade(rgb(style.getPropertyValue("--chance")), found ? 0.82 : 0.6);
    const match = shade(rgb(style.getPropertyValue("--match")), 0.25);
    paint(this.crowd, (pixels) => {
      for (let at = 0; at < pixels.length; at++)
        pixels[at] = found && hits[at] ? match[hits[at]] : plain[counts[at]];
    });
  }

  stamp() {
    const { width, height } = this.discs;
    const { scale, left, top } = this.frame;
    const { places } = this;
    const rows = this.isIn();
    const radius = (rows.length > 5_000 ? 1.2 : rows.length > 500 ? 1.9 : 3) * this.ratio;
    // A margin around the sheet, so that no disc has to be cut while it is stamped.
    const reach = Math.ceil(radius);
    const [wide, high] = [width + 4 * reach, height + 4 * reach];
    const { offsets, inks } = disc(radius, reach, wide);
    const inked = new Uint8Array(wide * high);
    const [across, down] = [left + 2 * reach + 0.5, top + 2 * reach + 0.5];
    for (const row of rows) {
      const x = places[2 * row] * scale + across;
      const y = places[2 * row + 1] * scale + down;
      if (x < reach || y < reach || x >= wide - reach || y >= high - reach) continue;
      const middle = (y | 0) * wide + (x | 0);
      for (let part = 0; part < offsets.length; part++) {
        const at = middle + offsets[part];
        if (inked[at] < inks[part]) inked[at] = inks[part];
      }
    }
    const color = rgb(getComputedStyle(this.canvas).getPropertyValue("--choice"));
    const shades = ramp(color, 255, (ink) => 0.85 * ink);
    paint(this.discs, (pixels) => {
      let at = 0;
      for (let line = 2 * reach * (wide + 1), y = 0; y < height; y++, line += wide)
        for (let x = 0; x < width; x++) pixels[at++] = shades[inked[line + x]];
    });
  }

  draw() {
    const pen = this.canvas.getContext("2d");
    const { scale, left, top } = this.frame;
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.drawImage(this.crowd, 0, 0);
    pen.drawImage(this.discs, 0, 0);
    pen.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--ink");
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
    const { places, size } = this;
    const x = (event.offsetX * this.ratio - left) / scale;
    const y = (event.offsetY * this.ratio - top) / scale;
    let best = ((NEAR * this.ratio) / scale) ** 2;
    let found = null;
    for (let row = 0; row < size; row++) {
      const gap = (places[2 * row] - x) ** 2 + (places[2 * row + 1] - y) ** 2;
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

function paint(canvas, fill) {
  const image = new ImageData(canvas.width, canvas.height);
  fill(new Uint32Array(image.data.buffer));
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// The pixels of a disc, from its middle in an image of some width, and how much it covers, of 255.
function disc(radius, reach, width) {
  const [offsets, inks] = [[], []];
  for (let down = -reach; down <= reach; down++)
    for (let across = -reach; across <= reach; across++) {
      const ink = Math.round(255 * Math.min(1, radius + 0.5 - Math.hypot(across, down)));
      if (ink > 0) {
        offsets.push(down * width + across);
        inks.push(ink);
      }
    }
  return { offsets, inks };
}

// The pixel of a color for each number of rows in it, each row letting a share of the light through.
function shade(color, veil) {
  return ramp(color, DEEP, (rows) => 255 * (1 - veil ** rows));
}

function ramp([red, green, blue], most, opacity) {
  const pixel = new Uint8ClampedArray(4 * (most + 1));
  for (let step = 1; step <= most; step++) pixel.set([red, green, blue, opacity(step)], 4 * step);
  return new Uint32Array(pixel.buffer);
}

function rgb(color) {
  const hex = color.trim().slice(1);
  return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
}
