// A table can be sorted by its headings and filtered by words; without scripts it is read as it stands.
"use strict";

for (const table of document.querySelectorAll("table[data-sortable]")) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const headings = [...table.tHead.rows[0].cells];
  const key = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent;

  const sort = (column, ascending) => {
    const compare = (first, second) => {
      const [a, b] = [key(first, column), key(second, column)];
      if (a === "" || b === "") return (a === "") - (b === ""); // what is missing comes last, either way
      const order = isNaN(a) || isNaN(b) ? a.localeCompare(b, "en", { numeric: true }) : a - b;
      return ascending ? order : -order;
    };
    body.append(...rows.sort(compare));
    headings.forEach((heading, at) => {
      if (at === column) heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      else heading.removeAttribute("aria-sort");
    });
  };
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sort(column, heading.getAttribute("aria-sort") !== "ascending"));
  });

  const tools = document.getElementById(`${table.id}-tools`);
  const words = tools.querySelector("input");
  const count = tools.querySelector("output");
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !wanted.every((word) => text.includes(word));
      if (!row.hidden) shown += 1;
    }
    count.textContent = `${shown} of ${rows.length}`;
  };
  words.addEventListener("input", filter);
  tools.hidden = false;
  filter();
}
