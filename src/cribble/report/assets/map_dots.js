"use strict";
// Dots on a canvas below the map, pixel by pixel: thousands of shapes would be drawn anew by the
// browser at every step of the mouse. How dots look stands in the style sheet, which is asked for it.
const dotCanvas = (svg, width) => {
  const canvas = svg.parentElement.insertBefore(document.createElement("canvas"), svg);
  const sheet = document.createElement("canvas");
  const probe = svg.appendChild(document.createElementNS(svg.namespaceURI, "path"));
  canvas.setAttribute("aria-hidden", "true");

  // Diameter in pixels of the page, color and opacity of a kind of path on the map.
  const look = (kind) => {
    probe.setAttribute("class", kind);
    const { stroke, fill, strokeWidth, strokeOpacity, fillOpacity } = getComputedStyle(probe);
    const color = (stroke === "none" ? fill : stroke).match(/[\d.]+/g).slice(0, 3).map(Number);
    return { size: parseFloat(strokeWidth), color, ink: Number(strokeOpacity), veil: Number(fillOpacity) };
  };

  const disc = (radius, wide) => {
    const mask = [];
    const reach = Math.ceil(radius);
    for (let down = -reach; down <= reach; down += 1) {
      for (let across = -reach; across <= reach; across += 1) {
        const ink = Math.min(1, radius + 0.5 - Math.hypot(across, down));
        if (ink > 0) mask.push([down * wide + across, ink]);
      }
    }
    return { reach, steps: mask.map((one) => one[0]), inks: mask.map((one) => one[1]) };
  };

  const stamp = (image, { rows, kind }, x, y, { k, left, top, ratio }) => {
    const { size, color, ink } = look(kind);
    const { data, width: wide, height: high } = image;
    const { reach, steps, inks } = disc(Math.max(0.5, (size * ratio) / 2), wide);
    const [red, green, blue] = color;
    for (let one = 0; one < rows.length; one += 1) {
      const across = Math.round(x(rows[one]) * k + left);
      const down = Math.round(y(rows[one]) * k + top);
      if (across < reach || down < reach || across >= wide - reach || down >= high - reach) continue;
      const middle = down * wide + across;
      for (let step = 0; step < steps.length; step += 1) {
        const at = 4 * (middle + steps[step]);
        const over = ink * inks[step];
        const under = (data[at + 3] / 255) * (1 - over);
        const all = over + under;
        data[at] = (red * over + data[at] * under) / all;
        data[at + 1] = (green * over + data[at + 1] * under) / all;
        data[at + 2] = (blue * over + data[at + 2] * under) / all;
        data[at + 3] = 255 * all;
      }
    }
  };

  // Draw layers of rows, first to last, over hexagons; `x` and `y` give places in units of the map.
  return (view, hexes, layers, x, y) => {
    const ratio = devicePixelRatio || 1;
    const wide = Math.max(1, Math.round(svg.clientWidth * ratio));
    const high = Math.max(1, Math.round(svg.clientHeight * ratio));
    const unit = wide / width;
    const place = { k: unit * view.k, left: unit * view.x, top: unit * view.y, ratio };
    if (canvas.width !== wide || canvas.height !== high) {
      for (const one of [canvas, sheet]) Object.assign(one, { width: wide, height: high });
    }
    const image = new ImageData(wide, high);
    layers.forEach((layer) => stamp(image, layer, x, y, place));
    sheet.getContext("2d").putImageData(image, 0, 0);
    const pen = canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, wide, high);
    pen.setTransform(place.k, 0, 0, place.k, place.left, place.top);
    hexes.forEach(([path, kind]) => {
      const { color, veil } = look(kind);
      pen.fillStyle = `rgb(${color} / ${veil})`.replaceAll(",", " ");
      pen.fill(path);
    });
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.drawImage(sheet, 0, 0);
  };
};
