"use strict";
(() => {
  const data = JSON.parse(document.getElementById("map-data").textContent);
  const svg = document.getElementById("map");
  const [width, height] = data.size;
  const part = (name) => svg.querySelector(name);
  const element = (name) => document.getElementById(name);
  const count = (value) => value.toLocaleString("en-US");
  const percent = (value) => `${(100 * value).toFixed(1)}%`;

  // Above this many, dots would hide one another: the shading says more.
  const MOST_DOTS = 8000;
  const LISTED = 50;
  // Groups have this many colors; the smaller ones share one more.
  const COLORS = 8;

  const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const places = new Uint16Array(bytes(data.places).buffer);
  const kinds = bytes(data.kinds);
  const numbers = data.rows === null ? null : new Uint32Array(bytes(data.rows).buffer);
  const groups = data.groups.map((one) => ({ ...one, codes: bytes(one.codes) }));
  const ranks = new Map(data.picks.map((at, rank) => [at, rank]));
  const first = data.dots.concat(data.picks);
  const x = (at) => places[2 * at] / data.grid;
  const y = (at) => places[2 * at + 1] / data.grid;
  const row = (at) => (numbers === null ? at : numbers[at]);
  const words = (at) => data.words[at] || [];
  const id = (at) => (data.ids === null ? words(at)[0] : data.ids[at]);

  let shown = first;
  let layers = [];
  let coloring = null;
  let current = -1;
  let lassoing = false;
  let loop = null;
  let inside = [];
  let view = d3.zoomIdentity;

  // Drawing: which rows are dots, and in which color.

  const frame = (margin) => {
    const [left, top] = view.invert([-margin * width, -margin * height]);
    const [right, bottom] = view.invert([(1 + margin) * width, (1 + margin) * height]);
    return [left, top, right, bottom];
  };

  const within = ([left, top, right, bottom]) => {
    const found = [];
    for (let at = 0; at < data.count; at += 1) {
      if (x(at) >= left && x(at) <= right && y(at) >= top && y(at) <= bottom) found.push(at);
    }
    return found;
  };

  const path = (rows, kind) => {
    const line = document.createElementNS(svg.namespaceURI, "path");
    line.setAttribute("class", kind);
    line.setAttribute("d", rows.map((at) => `M${x(at).toFixed(2)} ${y(at).toFixed(2)}h0`).join(""));
    return line;
  };

  const tint = (grouping, at) => Math.min(COLORS, grouping.codes[at]);
  const colored = (rows, kind) => {
    const parts = Array.from({ length: COLORS + 1 }, () => []);
    rows.forEach((at) => parts[tint(coloring, at)].push(at));
    return parts.map((some, code) => ({ rows: some, kind: `${kind} c${code}` }));
  };

  // Dots and picks of one look each, what is on top last.
  const looks = () => {
    const dots = shown.filter((at) => kinds[at] === 0);
    const picks = shown.filter((at) => kinds[at] > 0);
    const many = picks.length > 500 ? " many" : "";
    if (coloring !== null) {
      const halo = { rows: picks, kind: `picks halo${many}` };
      return [colored(dots, "pool"), [halo, ...colored(picks, `picks${many}`)]];
    }
    const marks = data.labels.map((_, kind) =>
      ({ rows: picks.filter((at) => kinds[at] === kind + 1), kind: `picks kind${kind}${many}` }));
    return [[{ rows: dots, kind: "pool" }], marks.reverse()];
  };

  const draw = () => {
    const near = view.k > 1 ? within(frame(0.25)) : [];
    const close = view.k > 1 && near.length <= MOST_DOTS;
    shown = close ? near : first;
    svg.classList.toggle("close", close);
    layers = looks();
    svg.dataset.rows = layers.flat().reduce((sum, layer) => sum + layer.rows.length, 0);
    paint();
  };

  const hexes = [...svg.querySelectorAll(".hex")].map((one) =>
    [new Path2D(one.getAttribute("d")), one.getAttribute("class")]);
  const painted = dotCanvas(svg, width);
  let waiting = null;
  const paint = () => {
    waiting ??= requestAnimationFrame(() => {
      waiting = null;
      painted(view, svg.classList.contains("close") ? [] : hexes, layers.flat(), x, y);
    });
  };
  svg.parentElement.classList.add("live");
  new ResizeObserver(paint).observe(svg);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  // On paper dots are shapes, as sharp as the printer.
  addEventListener("beforeprint", () => [".dots", ".marks"].forEach((name, at) =>
    part(name).replaceChildren(...layers[at].map((one) => path(one.rows, one.kind)))));

  const legend = element("map-legend");
  const plain = [...legend.children];
  const recolor = (index) => {
    coloring = index < 0 ? null : groups[index];
    if (coloring === null) {
      legend.replaceChildren(...plain);
    } else {
      const all = tally(new Uint32Array(data.count).map((_, at) => at));
      legend.replaceChildren(...all.map(([label, code, rows, picked]) => {
        const item = document.createElement("li");
        const key = document.createElement("i");
        key.className = `key spot c${code}`;
        item.append(key, `${label}: ${count(picked)} of ${count(rows)} picked`);
        return item;
      }));
    }
    draw();
  };

  // For each color its label, code, rows and picks.
  const tally = (rows) => {
    const grouping = coloring || groups[0];
    const { labels } = grouping;
    const sums = labels.slice(0, COLORS).map((label, code) => [label, code, 0, 0]);
    if (labels.length > COLORS) {
      sums.push([`${count(labels.length - COLORS)} others`, COLORS, 0, 0]);
    }
    rows.forEach((at) => {
      const sum = sums[tint(grouping, at)];
      sum[2] += 1;
      sum[3] += kinds[at] > 0;
    });
    return sums;
  };

  // One row: the ring and the card.

  const line = (at) => {
    const what = document.createElement("p");
    what.className = "what";
    const facts = [`row ${count(row(at))}`];
    if (id(at)) facts.push(id(at));
    groups.forEach((one) => facts.push(`${one.name}: ${one.labels[one.codes[at]]}`));
    if (words(at)[2]) facts.push(words(at)[2]);
    if (kinds[at] > 0) {
      const badge = document.createElement("b");
      const label = data.labels[kinds[at] - 1];
      const rank = data.labels.length === 1 ? ranks.get(at) : undefined;
      badge.textContent = rank === undefined ? label : `Pick ${count(rank + 1)}`;
      what.append(badge, " · ");
    }
    what.append(facts.join(" · "));
    return what;
  };

  const show = (at) => {
    if (at === current || at === undefined || at < 0) return;
    current = at;
    const ring = part(".ring");
    ring.setAttribute("cx", x(at));
    ring.setAttribute("cy", y(at));
    ring.setAttribute("visibility", "visible");
    const text = document.createElement("p");
    text.textContent = words(at)[1] || "The page holds the text of a sample of the rows only.";
    if (!words(at)[1]) text.className = "note";
    element("map-card").replaceChildren(line(at), text);
  };

  const step = (to) => {
    const at = data.picks[Math.min(data.picks.length - 1, Math.max(0, to))];
    show(at);
    const [left, top, right, bottom] = frame(0);
    if (x(at) < left || x(at) > right || y(at) < top || y(at) > bottom) {
      zoomed.translateTo(sheet, x(at), y(at));
    }
  };

  // Picks lie on top of the pool's dots, so they win unless a dot is clearly nearer.
  const nearest = ([left, top]) => {
    let best = -1;
    let gap = Infinity;
    shown.forEach((at) => {
      let far = Math.hypot(x(at) - left, y(at) - top);
      if (kinds[at] === 0) far += 3 / view.k;
      if (far < gap) [best, gap] = [at, far];
    });
    return gap < 24 / view.k ? best : -1;
  };

  // Zoom and moving: d3-zoom, which knows wheels, fingers and double taps.

  let scrolled = -Infinity;
  addEventListener("scroll", () => { scrolled = performance.now(); }, { passive: true });

  const ours = (event) => {
    // A wheel that is scrolling the page goes on scrolling it across the map.
    if (event.type === "wheel") return event.ctrlKey || performance.now() - scrolled > 300;
    if (lassoing || event.shiftKey || event.button) return false;
    return event.type !== "touchstart" || event.touches.length > 1 || view.k > 1;
  };

  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const sheet = d3.select(svg);
  const zoomed = d3.zoom()
    .extent([[0, 0], [width, height]])
    .translateExtent([[0, 0], [width, height]])
    .scaleExtent([1, 64])
    .duration(still ? 0 : 200)
    .filter(ours)
    .on("zoom", ({ transform }) => {
      view = transform;
      part(".sheet").setAttribute("transform", view);
      part(".ring").setAttribute("r", 9 / view.k);
      svg.classList.toggle("zoomed", view.k > 1);
      paint();
    })
    .on("end", draw);
  sheet.call(zoomed);

  const scale = (factor) => {
    const focus = current < 0 ? undefined : view.apply([x(current), y(current)]);
    const seen = focus && focus[0] >= 0 && focus[0] <= width && focus[1] >= 0 && focus[1] <= height;
    zoomed.scaleBy(sheet, factor, seen ? focus : undefined);
  };
  const whole = () => zoomed.transform(sheet, d3.zoomIdentity);
  const move = (right, down) =>
    zoomed.translateBy(sheet, (-right * width) / 8 / view.k, (-down * height) / 8 / view.k);

  // The lasso, and what is inside it.

  const lasso = (on) => {
    lassoing = on;
    element("lasso").setAttribute("aria-pressed", on);
    svg.classList.toggle("lassoing", on);
  };

  const enclose = (corners) => {
    const across = corners.map((one) => one[0]);
    const down = corners.map((one) => one[1]);
    const box = [Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down)];
    list(within(box).filter((at) => d3.polygonContains(corners, [x(at), y(at)])), corners);
  };

  const inView = () => {
    const [left, top, right, bottom] = frame(0);
    list(within([left, top, right, bottom]), []);
  };

  const list = (rows, corners) => {
    inside = rows.sort((a, b) => (kinds[b] > 0) - (kinds[a] > 0)
      || (ranks.get(a) ?? Infinity) - (ranks.get(b) ?? Infinity) || a - b);
    part(".lasso").setAttribute("d", corners.length ? `M${corners.join("L")}Z` : "");
    const picked = rows.filter((at) => kinds[at] > 0).length;
    const all = kinds.reduce((sum, kind) => sum + (kind > 0), 0) / data.count;
    const share = rows.length ? ` (${percent(picked / rows.length)}; ${percent(all)} of all)` : "";
    const map = data.count < data.pool ? ` of the ${count(data.count)} on this map` : "";
    element("inside-count").textContent =
      `${count(rows.length)} rows inside${map}, ${count(picked)} of them picked${share}.`;
    element("inside-groups").textContent = groups.length && rows.length
      ? tally(rows).filter((one) => one[2]).map(([label, , n, p]) =>
        `${label} ${count(n)} (${count(p)} picked)`).join(" · ")
      : "";
    element("inside-rows").replaceChildren(...inside.slice(0, LISTED).map((at) => {
      const item = document.createElement("li");
      const text = document.createElement("p");
      text.textContent = words(at)[1] || "";
      item.append(line(at), text);
      return item;
    }));
    element("inside-more").textContent = rows.length > LISTED
      ? `The first ${LISTED} are listed, picks first; all are copied and saved.` : "";
    element("inside").hidden = false;
  };

  const clear = () => {
    inside = [];
    part(".lasso").setAttribute("d", "");
    element("inside").hidden = true;
  };

  // The form of `cribble select --keep FILE`: one id, or row number, a line.
  const names = () =>
    inside.map((at) => (data.ids === null ? row(at) : data.ids[at])).join("\n") + "\n";
  const tell = (text) => { element("inside-done").textContent = text; };
  const copy = () => navigator.clipboard.writeText(names()).then(
    () => tell("Copied."), () => tell("The browser does not allow copying here; save a file."));
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([names()], { type: "text/plain" }));
    link.download = "rows.txt";
    link.click();
    URL.revokeObjectURL(link.href);
    tell("Saved as rows.txt.");
  };

  const spot = (event) => view.invert(d3.pointer(event, svg));
  svg.addEventListener("pointerdown", (event) => {
    if ((lassoing || event.shiftKey) && event.button === 0) {
      loop = [spot(event)];
      svg.setPointerCapture(event.pointerId);
    } else {
      show(nearest(spot(event)));
    }
  });
  svg.addEventListener("pointermove", (event) => {
    if (loop !== null) {
      loop.push(spot(event));
      part(".lasso").setAttribute("d", `M${loop.join("L")}`);
    } else if (event.pointerType === "mouse" && event.buttons === 0) {
      show(nearest(spot(event)));
    }
  });
  const finish = (event) => {
    if (loop !== null && loop.length > 2 && event.type === "pointerup") enclose(loop);
    else if (loop !== null) clear();
    if (loop !== null) lasso(false);
    loop = null;
  };
  svg.addEventListener("pointerup", finish);
  svg.addEventListener("pointercancel", finish);

  const keys = {
    ArrowRight: (shift) => (shift ? move(1, 0) : step((ranks.get(current) ?? -1) + 1)),
    ArrowLeft: (shift) => (shift ? move(-1, 0) : step((ranks.get(current) ?? 1) - 1)),
    ArrowUp: (shift) => (shift ? move(0, -1) : false),
    ArrowDown: (shift) => (shift ? move(0, 1) : false),
    Home: () => step(0),
    End: () => step(data.picks.length - 1),
    "+": () => scale(2),
    "=": () => scale(2),
    "-": () => scale(0.5),
    l: () => lasso(!lassoing),
    v: inView,
    Escape: () => {
      if (lassoing) lasso(false);
      else if (!element("inside").hidden) clear();
      else whole();
    },
  };
  svg.addEventListener("keydown", (event) => {
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act && !event.ctrlKey && !event.metaKey && !event.altKey && act(event.shiftKey) !== false) {
      event.preventDefault();
    }
  });

  const clicks = {
    "zoom-in": () => scale(2),
    "zoom-out": () => scale(0.5),
    "zoom-all": whole,
    lasso: () => lasso(!lassoing),
    "in-view": inView,
    "inside-copy": copy,
    "inside-save": save,
    "inside-clear": clear,
  };
  Object.entries(clicks).forEach(([name, act]) => element(name).addEventListener("click", act));
  const color = element("color");
  if (color) color.addEventListener("change", () => recolor(Number(color.value)));
  draw();
  if (data.picks.length) show(data.picks[0]);
})();
