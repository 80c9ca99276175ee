"use strict";
(() => {
  const form = document.querySelector("form.filter");
  const table = document.querySelector("table.articles");
  if (!form || !table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const texts = rows.map((row) => row.cells[2].textContent.toLowerCase());
  const shown = form.querySelector("output");

  const filter = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const { lang, verdict, rule } = form.elements;
    let count = 0;
    rows.forEach((row, index) => {
      const fits = words.every((word) => texts[index].includes(word))
        && (!lang.value || row.dataset.lang === lang.value)
        && (!verdict.value || row.dataset.verdict === verdict.value)
        && (!rule.value || row.dataset.rules.split(" ").includes(rule.value));
      row.hidden = !fits;
      count += fits;
    });
    shown.value = `${count} of ${rows.length} articles`;
  };

  const sort = (header) => {
    const column = header.cellIndex;
    const ascending = header.ariaSort !== "ascending";
    const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
    const numeric = header.dataset.kind === "number";
    const order = rows.map((row) => [key(row), row]);
    order.sort(([one], [other]) => (numeric ? one - other : one.localeCompare(other)) * (ascending ? 1 : -1));
    body.append(...order.map(([, row]) => row));
    for (const cell of table.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  };

  for (const header of table.tHead.rows[0].cells) {
    if (!header.dataset.kind) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => sort(header));
  }
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
})();
