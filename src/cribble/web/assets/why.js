// Why a row is in or out, and the whole row.

import { make, short } from "./element.js";

export function showWhy(place, told, { move, go }) {
  const facts = [
    ["pick", told.rank == null ? null : String(told.rank + 1)],
    ["gain", told.gain == null ? null : short(told.gain)],
    ["score", told.score == null ? null : short(told.score)],
    ["stands for", told.stands_for ? `${told.stands_for.toLocaleString("en")} rows` : null],
  ].filter(([, value]) => value != null);
  const close = make("button", { type: "button", class: "close" }, "Close");
  close.addEventListener("click", () => go(null));
  place.replaceChildren(close, make("h2", {}, told.id));
  if (told.text) place.append(make("p", { class: "reason" }, sentence(told.text)));
  if (move) {
    const label = told.picked ? "Take out" : "Put in";
    const button = make("button", { type: "button", class: "main", id: "why-move" }, label);
    button.addEventListener("click", () => move(told.row, !told.picked, told.id));
    place.append(make("p", { class: "actions" }, button));
  }
  if (facts.length)
    place.append(make("dl", {}, ...facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])));
  if (told.words) place.append(make("h3", {}, "Text"), make("p", { class: "words" }, told.words));
  const others = (told.excerpts ?? []).filter((one) => one.row !== told.row);
  if (others.length) {
    const near = told.represented_by === others[0].row ? "The pick that stands for it" : "Rows it stands for";
    place.append(make("h3", {}, near));
    for (const one of others) {
      const button = make("button", { type: "button", class: "other" }, make("span", {}, one.text || `row ${one.row}`));
      button.addEventListener("click", () => go(one.row));
      place.append(button);
    }
  }
  place.append(
    make(
      "details",
      {},
      make("summary", {}, "The whole row"),
      make("pre", { tabindex: 0 }, JSON.stringify(told.record, null, 2)),
    ),
  );
}

function sentence(text) {
  const parts = text.split("; ").map((one) => one.charAt(0).toUpperCase() + one.slice(1));
  return `${parts.join(". ")}.`;
}
