"use strict";
// A press on a column's name sorts by it: numbers and times the largest first, names from A on; again, the other way.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const order = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });
  heads.forEach((head, place) => head.querySelector("button").addEventListener("click", () => {
    const was = head.getAttribute("aria-sort");
    const cells = [...body.rows].map((row) => [row, row.cells[place]]);
    const keyed = cells.some(([, cell]) => "key" in cell.dataset);
    const next = was ? (was === "ascending" ? "descending" : "ascending") : keyed ? "descending" : "ascending";
    const sign = next === "ascending" ? 1 : -1;
    // What is not known stands last, whichever way.
    const compare = ([, a], [, b]) => {
      if (!keyed) return sign * order.compare(a.textContent, b.textContent);
      const known = ("key" in b.dataset) - ("key" in a.dataset);
      return known || sign * (Number(a.dataset.key) - Number(b.dataset.key));
    };
    cells.sort(compare);
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", next);
    body.append(...cells.map(([row]) => row));
  }));
}
