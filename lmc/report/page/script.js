// Sorting and filtering; the page says everything without it.
(() => {
  const value = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    const number = Number(text);
    return text !== "" && Number.isFinite(number) ? number : text;
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows];
        rows.sort((one, two) => {
          const [a, b] = [value(one, column), value(two, column)];
          const order = typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1;
          return down ? -order : order;
        });
        table.tBodies[0].append(...rows);
      });
    });
  }
  for (const bar of document.querySelectorAll(".filters")) {
    bar.hidden = false;
    const target = document.getElementById(bar.dataset.of);
    for (const button of bar.querySelectorAll("button")) {
      button.addEventListener("click", () => {
        for (const other of bar.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
        const wanted = button.dataset.show;
        for (const one of target.querySelectorAll("[data-kind]")) {
          one.hidden = wanted !== "all" && !one.dataset.kind.split(" ").includes(wanted);
        }
      });
    }
    bar.querySelector("[aria-pressed=true]").click();
  }
  for (const button of document.querySelectorAll("button.fold")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const found = [...document.getElementById(button.dataset.of).querySelectorAll("details")];
      const open = found.some((one) => !one.open);
      for (const one of found) one.open = open;
    });
  }
})();
