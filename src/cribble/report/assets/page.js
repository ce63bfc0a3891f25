"use strict";
(() => {
  const svg = document.getElementById("map");
  document.documentElement.dataset.ready = "yes";
  if (!svg) return;

  const { picks, rows, size } = JSON.parse(document.getElementById("map-data").textContent);
  const spots = picks.concat(rows);
  const ring = svg.querySelector(".ring");
  const card = document.getElementById("map-card");
  const count = (value) => value.toLocaleString("en-US");
  let current = -1;
  let view = { x: 0, y: 0, scale: 1 };

  const describe = (spot, rank) => {
    const what = document.createElement("p");
    what.className = "what";
    if (rank >= 0) {
      const badge = document.createElement("b");
      badge.textContent = `Pick ${count(rank + 1)}`;
      what.append(badge, " · ");
    }
    const id = spot.id === undefined ? "" : ` · ${spot.id}`;
    const group = spot.group === undefined ? "" : ` · ${spot.group}`;
    const why = spot.why ? ` · ${spot.why}` : "";
    what.append(`row ${count(spot.row)}${id}${group}${why}`);
    const words = document.createElement("p");
    words.textContent = spot.text || "";
    card.replaceChildren(what, words);
  };

  const show = (index) => {
    if (index === current || index < 0) return;
    current = index;
    ring.setAttribute("cx", spots[index].x);
    ring.setAttribute("cy", spots[index].y);
    ring.setAttribute("visibility", "visible");
    describe(spots[index], index < picks.length ? index : -1);
  };

  const place = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY);
    return point.matrixTransform(svg.getScreenCTM().inverse());
  };

  // Picks lie on top of the pool's dots, so they win unless a dot is clearly nearer.
  const nearest = ({ x, y }) => {
    let best = -1;
    let gap = Infinity;
    spots.forEach((spot, index) => {
      let far = Math.hypot(spot.x - x, spot.y - y);
      if (index >= picks.length) far += 3 / view.scale;
      if (far < gap) [best, gap] = [index, far];
    });
    return gap < 24 / view.scale ? best : -1;
  };

  const zoom = (factor) => {
    const [width, height] = size;
    const scale = Math.min(16, Math.max(1, view.scale * factor));
    const focus = current < 0 ? { x: width / 2, y: height / 2 } : spots[current];
    move(focus.x - width / scale / 2, focus.y - height / scale / 2, scale);
  };

  const move = (x, y, scale) => {
    const [width, height] = size;
    view = {
      x: Math.min(Math.max(0, x), width - width / scale),
      y: Math.min(Math.max(0, y), height - height / scale),
      scale,
    };
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${width / scale} ${height / scale}`);
    svg.classList.toggle("zoomed", scale > 1);
    ring.setAttribute("r", 9 / scale);
  };

  let drag = null;
  svg.addEventListener("pointerdown", (event) => {
    show(nearest(place(event)));
    if (view.scale > 1) {
      drag = place(event);
      svg.setPointerCapture(event.pointerId);
    }
  });
  svg.addEventListener("pointermove", (event) => {
    if (drag) {
      const now = place(event);
      move(view.x + drag.x - now.x, view.y + drag.y - now.y, view.scale);
    } else if (event.pointerType === "mouse") {
      show(nearest(place(event)));
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    svg.addEventListener(end, () => { drag = null; });
  }
  svg.addEventListener("keydown", (event) => {
    const last = picks.length - 1;
    const at = current > last ? -1 : current;
    const steps = {
      ArrowRight: () => show(Math.min(last, at + 1)),
      ArrowLeft: () => show(Math.max(0, at - 1)),
      Home: () => show(0),
      End: () => show(last),
      "+": () => zoom(2),
      "=": () => zoom(2),
      "-": () => zoom(0.5),
      Escape: () => move(0, 0, 1),
    };
    if (steps[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) {
      steps[event.key]();
      event.preventDefault();
    }
  });
  document.getElementById("zoom-in").addEventListener("click", () => zoom(2));
  document.getElementById("zoom-out").addEventListener("click", () => zoom(0.5));
  document.getElementById("zoom-all").addEventListener("click", () => move(0, 0, 1));
  if (picks.length) show(0);
})();
