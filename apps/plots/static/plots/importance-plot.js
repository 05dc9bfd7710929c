// Which settings went with a number: a list with bars. The ranks come at once, the forest some seconds later.
import { figure, stepText } from "../panels/numbers.js";
import { csvText } from "./downloads.js";

const SHOWN = 20;

export class ImportancePlot {
  constructor(host, table) {
    this.host = host;
    this.table = table;
    host.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-text]");
      if (button) this.table.scatter(button.dataset.text, this.answer.target.text);
    });
  }

  draw(answer) {
    this.answer = answer;
    const shown = answer.parameters.slice(0, SHOWN);
    const fitted = answer.score !== null;
    const most = shown.reduce((top, row) => Math.max(top, row.importance ?? 0), 1e-9);
    const table = document.createElement("table");
    table.className = "importance";
    const waits = !fitted && answer.forest_problem === null ? " …" : "";
    table.innerHTML = `<thead><tr><th scope="col">setting</th><th scope="col" title="R² that a random forest loses on held-out runs when this setting is shuffled, ± standard deviation">forest misses it${waits}</th><th scope="col" title="Spearman's rank correlation with its 95 % interval">rank correlation</th><th scope="col" class="number">n</th></tr></thead><tbody></tbody>`;
    table.tBodies[0].append(...shown.map((row) => this.#row(row, most)));
    this.host.replaceChildren(table);
  }

  #row(row, most) {
    const line = document.createElement("tr");
    line.innerHTML = `<th scope="row"><button type="button" class="plain link truncate"></button></th><td><div class="bar"><i></i></div><small></small></td><td><div class="bar both"><s></s><i></i></div><small></small></td><td class="number"></td>`;
    const button = line.querySelector("button");
    button.dataset.text = row.text;
    button.textContent = row.of === null ? row.title : `${row.title} = ${row.of}`;
    button.title = `${row.text}: a scatter plot of it`;
    const [forest, ranks] = line.querySelectorAll("td");
    if (row.importance !== null) {
      forest.querySelector("i").style.width = `${(Math.max(0, row.importance) / most) * 100}%`;
      forest.querySelector("small").textContent = `${figure(row.importance, 2)} ± ${figure(row.std, 2)}`;
    }
    const bar = ranks.querySelector("i");
    bar.style.left = `${50 + Math.min(0, row.rho) * 50}%`;
    bar.style.width = `${Math.abs(row.rho) * 50}%`;
    bar.className = row.rho < 0 ? "down" : "up";
    const reach = ranks.querySelector("s");
    if (row.low !== null) {
      reach.style.left = `${50 + row.low * 50}%`;
      reach.style.width = `${(row.high - row.low) * 50}%`;
    }
    const interval = row.low === null ? "" : ` (${figure(row.low, 2)} to ${figure(row.high, 2)})`;
    ranks.querySelector("small").textContent = `${row.rho > 0 ? "+" : ""}${figure(row.rho, 2)}`;
    ranks.title = `Spearman's ρ ${figure(row.rho, 3)}${interval}, 95 % interval, over ${row.n} runs`;
    line.querySelector("td:last-child").textContent = row.n;
    return line;
  }

  mark() {}

  highlight() {}

  legend() {
    return null;
  }

  facts({ total, with: some, used, target, parameters, left_out: left, constant, score, forest_problem: problem }) {
    const words = [used < some ? `from ${stepText(used)} of ${stepText(some)} runs, evenly by id` : `from ${stepText(used)} ${used === 1 ? "run" : "runs"}`];
    if (some < total) words.push(`${stepText(total - some)} have no ${target.title}`);
    words.push("Spearman's ρ with 95 % interval");
    if (score !== null) words.push(score > 0 ? `random forest, R² ${figure(score, 2)} on held-out ranks` : `the forest foresees nothing (R² ${figure(score, 2)}): its column tells nothing`);
    if (problem) words.push(problem);
    if (parameters.length > SHOWN) words.push(`${SHOWN} of ${parameters.length} settings shown`);
    if (left.length) words.push(`left out, another text in nearly every run: ${left.slice(0, 3).join(", ")}${left.length > 3 ? ` and ${left.length - 3} more` : ""}`);
    if (constant) words.push(`${constant} never vary`);
    return words;
  }

  summary({ target, parameters }) {
    return `What went with ${target.title}: ${parameters.slice(0, 3).map((row) => `${row.title} ${figure(row.rho, 2)}`).join(", ")}.`;
  }

  csv() {
    const rows = this.answer.parameters.map((row) => [row.text, row.of, row.importance, row.std, row.rho, row.low, row.high, row.n]);
    return csvText([["setting", "value", "permutation importance", "std", "spearman", "low", "high", "n"], ...rows]);
  }

  end() {}
}
