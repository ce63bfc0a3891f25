// A list of any length of which only the rows in sight exist; the others are fetched page by page.

import { make, short } from "./element.js";

const ROW = 84;
const PAGE = 60;
const SPARE = 4;
// Browsers cut an element near 17 million pixels; a longer list scrolls in steps of several rows.
const TALLEST = 8e6;
const KIND = "application/x-cribble-row";

export class RowList {
  constructor(element, { side, load, onChoose, onMove, onDrop, onLeave }) {
    Object.assign(this, { element, side, load, onChoose, onMove, onDrop, onLeave });
    this.total = 0;
    this.pages = new Map();
    this.asked = new Map();
    this.nodes = new Map();
    this.active = 0;
    this.turn = 0;
    this.space = make("div", { class: "space", role: "presentation" });
    element.append(this.space);
    element.addEventListener("scroll", () => this.soon(), { passive: true });
    element.addEventListener("keydown", (event) => this.press(event));
    element.addEventListener("focus", () => this.mark());
    new ResizeObserver(() => this.soon()).observe(element);
    if (onDrop) this.takeDrops();
  }

  // Ask again; what is in sight stays until the answer is there.
  async refresh({ top = false } = {}) {
    const turn = ++this.turn;
    this.asked.clear();
    if (top) this.element.scrollTop = this.active = 0;
    const first = Math.floor(Math.min(this.position() / ROW, Math.max(0, this.total - 1)) / PAGE);
    let answer = await this.load(first * PAGE, first * PAGE + PAGE);
    if (turn !== this.turn) return;
    if (!answer.rows.length && answer.total) answer = await this.load(0, PAGE);
    if (turn !== this.turn) return;
    this.total = answer.total;
    this.pages = new Map([[answer.rows.length || !answer.total ? first : 0, answer.rows]]);
    this.active = Math.max(0, Math.min(this.active, this.total - 1));
    this.space.style.height = `${Math.min(this.total * ROW, TALLEST)}px`;
    for (const node of this.nodes.values()) node.remove();
    this.nodes.clear();
    this.draw();
  }

  soon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  // How many pixels of rows one pixel of the scroll bar stands for.
  get pace() {
    const seen = this.element.clientHeight;
    const true_ = this.total * ROW - seen;
    return Math.max(1, true_ / Math.max(1, Math.min(this.total * ROW, TALLEST) - seen));
  }

  position() {
    return this.element.scrollTop * this.pace;
  }

  draw() {
    const from = this.position();
    const first = Math.max(0, Math.floor(from / ROW) - SPARE);
    const last = Math.min(this.total, Math.ceil((from + this.element.clientHeight) / ROW) + SPARE);
    for (const [at, node] of this.nodes) {
      if (at < first || at >= last) {
        node.remove();
        this.nodes.delete(at);
      }
    }
    for (let at = first; at < last; at++) {
      const row = this.row(at);
      let node = this.nodes.get(at);
      if (!node || (row && node.classList.contains("empty"))) {
        node?.remove();
        node = this.render(row, at);
        this.nodes.set(at, node);
        this.space.append(node);
      }
      node.style.transform = `translateY(${at * ROW - from + this.element.scrollTop}px)`;
    }
    this.mark();
  }

  row(at) {
    const page = Math.floor(at / PAGE);
    const rows = this.pages.get(page);
    if (!rows && !this.asked.has(page)) this.fetch(page);
    return rows?.[at - page * PAGE];
  }

  async fetch(page) {
    const turn = this.turn;
    this.asked.set(page, true);
    const answer = await this.load(page * PAGE, page * PAGE + PAGE);
    this.asked.delete(page);
    if (turn !== this.turn) return;
    this.pages.set(page, answer.rows);
    this.soon();
  }

  render(row, at) {
    const place = { role: "option", "aria-posinset": at + 1, "aria-setsize": this.total };
    if (!row) return make("div", { ...place, class: "row empty", "aria-label": "loading" });
    const facts = [
      row.rank == null ? null : `pick ${(row.rank + 1).toLocaleString("en")}`,
      row.group,
      row.score == null ? null : short(row.score),
      row.gain == null ? null : `gain ${short(row.gain)}`,
    ].filter((one) => one != null);
    const node = make(
      "div",
      { ...place, class: "row", id: `${this.side}-${row.row}`, draggable: Boolean(this.onMove) && "true" },
      make(
        "p",
        { class: "what" },
        make("b", {}, row.id),
        row.hand ? make("span", { class: "hand" }, "by hand") : null,
        facts.length ? make("span", {}, facts.join(" · ")) : null,
      ),
      make("p", { class: "text" }, row.text),
    );
    node.dataset.row = row.row;
    node.addEventListener("click", () => this.choose(at, true));
    if (this.onMove) {
      const label = row.inside ? "Take out" : "Put in";
      const move = make("button", { type: "button", class: "move", tabindex: -1, title: label, "aria-label": label });
      move.textContent = row.inside ? "−" : "+";
      move.addEventListener("click", (event) => {
        event.stopPropagation();
        this.onMove(row);
      });
      node.append(move);
      node.addEventListener("dragstart", (event) => {
        event.dataTransfer.setData(KIND, String(row.row));
        event.dataTransfer.effectAllowed = "move";
      });
    }
    return node;
  }

  mark() {
    for (const [at, node] of this.nodes) {
      const active = at === this.active;
      node.classList.toggle("active", active);
      node.setAttribute("aria-selected", String(active));
      if (active && node.id) this.element.setAttribute("aria-activedescendant", node.id);
    }
    if (!this.total) this.element.removeAttribute("aria-activedescendant");
  }

  choose(at, open) {
    this.active = Math.max(0, Math.min(at, this.total - 1));
    this.show(this.active);
    const row = this.row(this.active);
    if (open && row) this.onChoose(row);
  }

  show(at) {
    const top = at * ROW;
    const seen = this.element.clientHeight;
    const from = this.position();
    if (top < from) this.element.scrollTop = top / this.pace;
    else if (top + ROW > from + seen) this.element.scrollTop = (top + ROW - seen) / this.pace;
    this.draw();
  }

  press(event) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const row = this.total ? this.row(this.active) : null;
    if (event.key in steps) this.choose(this.active + steps[event.key], false);
    else if (event.key === "Home") this.choose(0, false);
    else if (event.key === "End") this.choose(this.total - 1, false);
    else if (event.key === "Enter" && row) this.onChoose(row);
    else if (event.key === " " && row && this.onMove) this.onMove(row);
    else if (["ArrowLeft", "ArrowRight"].includes(event.key) && this.onLeave) this.onLeave();
    else return;
    event.preventDefault();
  }

  takeDrops() {
    const list = this.element;
    const ours = (event) => event.dataTransfer.types.includes(KIND);
    list.addEventListener("dragover", (event) => {
      if (!ours(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "move";
      list.classList.add("open");
    });
    list.addEventListener("dragleave", (event) => {
      if (!list.contains(event.relatedTarget)) list.classList.remove("open");
    });
    list.addEventListener("drop", (event) => {
      list.classList.remove("open");
      if (!ours(event)) return;
      event.preventDefault();
      this.onDrop(Number(event.dataTransfer.getData(KIND)));
    });
  }
}
