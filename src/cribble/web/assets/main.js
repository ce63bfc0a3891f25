// The page: what stands in it, and what happens when something in it is moved.

import { array, get, post } from "./api.js";
import { Curve } from "./curve.js";
import { count, make, short } from "./element.js";
import { RowList } from "./list.js";
import { PoolMap } from "./map.js";
import { showWhy } from "./why.js";

const find = (id) => document.getElementById(id);
const start = await get("start");
let state = start.state;
let taken = state.k; // where the slider stands, which the session learns when it is let go
let order = new Int32Array(); // the method's picks, in pick order
let ranks = new Int32Array(); // of every row, -1 for those that are no picks
let map = null;
let curve = null;
let chosen = null;
let sliding = false;
let waiting = 0;
let sent = Promise.resolve();
const lists = [];

function say(text) {
  find("said").textContent = text;
}

function fail(error) {
  find("problem").textContent = error.message;
  find("problem").hidden = false;
}

async function tried(work) {
  try {
    const done = await work();
    find("problem").hidden = true;
    return done;
  } catch (error) {
    fail(error);
    return null;
  }
}

// Rows that are in, with the slider where it stands now.
function rowsIn() {
  const picks = order.subarray(0, taken);
  if (!state.added.length && !state.removed.length) return picks;
  const out = new Set(state.removed);
  const added = state.added.filter((row) => !(ranks[row] >= 0 && ranks[row] < taken));
  return [...picks.filter((row) => !out.has(row)), ...added];
}

function query() {
  const value = (id) => find(id).value.trim();
  return {
    words: value("words"), column: value("column"), group: value("group"), score: value("score"),
    low: value("low"), high: value("high"), order: value("order"),
  };
}

async function search() {
  const asked = query();
  await tried(async () => {
    await Promise.all(lists.map((list) => list.refresh({ top: true })));
    titles();
    if (!map) return;
    const filtered = asked.words || asked.group || asked.low || asked.high;
    if (filtered) {
      const rows = await array("found", Int32Array, { ...asked, side: "all" });
      map.found = new Uint8Array(start.pool);
      for (const row of rows) map.found[row] = 1;
      say(`${count(rows.length, "row")} found`);
    } else map.found = null;
    map.redraw();
  });
}

function titles() {
  for (const list of lists) list.title.textContent = count(list.total, "row");
}

// Changes go out one after the other; what the session says counts once no other is on its way.
async function change(path, body) {
  waiting += 1;
  sent = sent.then(() => tried(() => post(path, body)));
  const now = await sent;
  waiting -= 1;
  if (!waiting) await settle(now ?? state);
  return now;
}

async function settle(now) {
  state = now;
  if (!sliding) taken = state.k;
  find("undo").disabled = !state.undo;
  find("redo").disabled = !state.redo;
  for (const id of ["k", "k-number"]) find(id).value = taken;
  told();
  await tried(() => Promise.all(lists.map((list) => list.refresh())));
  titles();
  if (chosen != null) await why(chosen);
}

function told() {
  const rows = rowsIn().length;
  const hand = state.added.length + state.removed.length;
  find("summary").textContent = start.method
    ? `${count(rows, "row")} of ${start.pool.toLocaleString("en")}, chosen by ${start.method}` +
      (hand ? `, ${count(hand, "row")} changed by hand` : "")
    : `${count(start.pool, "row")}`;
  curve?.move(taken);
  find("k").setAttribute("aria-valuetext", `${count(taken, "pick")}; ${curve?.say(taken) ?? ""}`);
  const note = curve?.say(taken) || "";
  find("reached").textContent = note && hand ? `${note}; rows changed by hand are not counted in it` : note;
  find("limits").replaceChildren(
    ...state.limits.map((one) =>
      make(
        "li",
        { class: one.held ? "held" : "broken" },
        `${one.limit.replaceAll("_", " ")}: ${short(one.asked)} asked, ${short(one.reached)} reached`,
        one.held ? null : make("b", {}, " not held"),
      ),
    ),
  );
  map?.restamp();
}

async function move(row, inside, name = `Row ${row}`) {
  if (await change("move", { row, inside }))
    say(`${name} ${inside ? "put in" : "taken out"}. ${count(state.rows, "row")} in.`);
}

async function why(row) {
  chosen = row;
  if (map) map.chosen = row;
  map?.soon();
  if (row == null) return find("why").replaceChildren();
  const told = await tried(() => get("why", { row }));
  if (told && chosen === row) showWhy(find("why"), told, { move: start.method && move, go: why });
}

function addList(side, name) {
  const element = make("div", {
    class: "list", id: `list-${side}`, role: "listbox", tabindex: 0, "aria-label": name, "aria-describedby": "keys",
  });
  const changes = side !== "all";
  const list = new RowList(element, {
    side,
    load: (from, to) => get("rows", { ...query(), side, start: from, stop: to }),
    onChoose: (row) => why(row.row),
    onMove: changes && ((row) => move(row.row, !row.inside, row.id)),
    onDrop: changes && ((row) => move(row, side === "in")),
    onLeave: changes && (() => lists.find((one) => one !== list).element.focus()),
  });
  list.title = make("span", { class: "count" });
  find("lists").append(
    make("div", { class: `column ${side}` }, make("h2", {}, name, " ", list.title), element),
  );
  lists.push(list);
}

function fillChoices() {
  for (const name of start.groupings) find("column").append(make("option", { value: name }, name));
  for (const name of start.scores) find("score").append(make("option", { value: name }, name));
  find("column").disabled = !start.groupings.length;
  find("score").disabled = !start.scores.length;
  let wait = null;
  find("words").addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(search, 180);
  });
  find("column").addEventListener("change", async () => {
    const column = find("column").value;
    const known = column ? await tried(() => get("groups", { column })) : null;
    find("group").replaceChildren(make("option", { value: "" }, "all"));
    for (const [name, rows] of known?.groups ?? [])
      find("group").append(make("option", { value: name }, `${name} (${rows.toLocaleString("en")})`));
    find("group").disabled = !known;
    search();
  });
  find("score").addEventListener("change", () => {
    const named = Boolean(find("score").value);
    for (const id of ["low", "high"]) {
      find(id).disabled = !named;
      if (!named) find(id).value = "";
    }
    for (const option of find("order").options)
      if (["high", "low"].includes(option.value)) option.disabled = !named;
    if (!named && ["high", "low"].includes(find("order").value)) find("order").value = "pick";
    search();
  });
  for (const id of ["group", "low", "high", "order"]) find(id).addEventListener("change", search);
}

function watchSlider() {
  const cut = (to) => {
    sliding = false;
    change("cut", { k: Math.max(0, Math.min(start.chosen, Math.round(to) || 0)) });
  };
  find("k").max = find("k-number").max = start.chosen;
  find("k-most").textContent = start.chosen.toLocaleString("en");
  find("k").addEventListener("input", () => {
    sliding = true;
    taken = Number(find("k").value);
    find("k-number").value = taken;
    told();
  });
  find("k").addEventListener("change", () => cut(Number(find("k").value)));
  find("k-number").addEventListener("change", () => cut(Number(find("k-number").value)));
}

function watchChanges() {
  const again = (name) => async () => {
    if (await change(name)) say(`${name === "undo" ? "Undone" : "Redone"}. ${count(state.rows, "row")} in.`);
  };
  find("undo").addEventListener("click", again("undo"));
  find("redo").addEventListener("click", again("redo"));
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    if (event.target.matches("input:not([type=range])")) return;
    event.preventDefault();
    find(event.shiftKey ? "redo" : "undo").click();
  });
}

function watchExport() {
  const box = find("export-dialog");
  const name = find("export-name");
  find("export").addEventListener("click", () => {
    find("export-what").textContent = `${count(state.rows, "row")}; changed by hand: ${state.changed}.`;
    find("export-told").replaceChildren();
    if (!name.value) name.value = start.title.replace(/(\.manifest\.json|(\.[^.]+)?)$/, (end) => `-by-hand${end === ".manifest.json" ? ".jsonl" : end}`);
    box.showModal();
    name.select();
  });
  find("export-close").addEventListener("click", () => box.close());
  const write = async () => {
    const told = find("export-told");
    try {
      const done = await post("export", { name: name.value.trim() });
      told.className = "";
      told.replaceChildren(`${count(done.rows, "row")} written to ${done.out}. Check it with `, make("code", {}, `cribble verify ${name.value.trim()}`));
    } catch (error) {
      told.className = "bad";
      told.textContent = error.message;
    }
  };
  find("export-go").addEventListener("click", write);
  name.addEventListener("keydown", (event) => event.key === "Enter" && write());
}

async function drawMap() {
  const places = await array("places", Float32Array);
  find("map-figure").hidden = false;
  map = new PoolMap(find("map"), places, { isIn: rowsIn, onChoose: why });
  find("map-caption").textContent =
    `Every row of the pool, in the two directions in which the vectors vary most; they hold ${Math.round(100 * start.shown)} % of the variance.`;
  for (const [id, by] of [["zoom-in", 1.6], ["zoom-out", 1 / 1.6], ["zoom-all", 0]])
    find(id).addEventListener("click", () => map.zoomBy(by));
}

async function open() {
  document.title = `${start.title} · cribble explore`;
  find("title").textContent = start.title;
  document.body.classList.toggle("pool-only", !start.method);
  fillChoices();
  if (start.method) {
    addList("in", "In the subset");
    addList("out", "Left out");
    ranks = await array("ranks", Int32Array);
    order = new Int32Array(start.chosen);
    ranks.forEach((rank, row) => {
      if (rank >= 0) order[rank] = row;
    });
    find("actions").hidden = false;
    find("curve-figure").hidden = false;
    if (start.curve) curve = new Curve(find("curve"), start.curve, await array("gains", Float64Array));
    else find("curve").remove();
    watchSlider();
    watchChanges();
    watchExport();
  } else {
    addList("all", "Rows");
    find("keys").textContent = "Arrow keys step through the list, Enter shows the row.";
  }
  if (start.map) await drawMap();
  await settle(state);
  document.documentElement.dataset.ready = "yes";
}

tried(open);
