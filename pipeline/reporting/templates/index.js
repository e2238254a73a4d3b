(function () {
  "use strict";
  var form = document.getElementById("filter");
  var body = document.getElementById("events-body");
  if (!form || !body) return;
  var PAGE = 40;
  // Rows that stand in the page. The others wait as data at its end and are read when they are first asked for, so that
  // neither their size nor laying rows out a second time keeps the page from answering.
  var rows = Array.prototype.map.call(body.rows, function (row) {
    var d = row.dataset;
    return { row: row, rank: Number(d.rank), search: d.search, languages: d.languages, accounts: Number(d.accounts),
      conflicts: Number(d.conflicts), date: d.date, title: d.title };
  });
  var total = Number(form.dataset.total);

  function all() {
    var waiting = rows.length < total && document.getElementById("events-data");
    if (waiting) { rows = rows.concat(JSON.parse(waiting.textContent)); waiting.remove(); }
    else if (rows.length < total) document.addEventListener("DOMContentLoaded", sort, { once: true }); // still loading
    return rows;
  }

  var paged = document.getElementById("paged");
  var more = document.getElementById("more");
  var limit = PAGE;
  var made = document.createElement("template");
  var search = document.getElementById("q");
  var language = document.getElementById("language");
  var shared = document.getElementById("shared");
  var conflicts = document.getElementById("conflicts");
  var order = document.getElementById("order");
  var shown = document.getElementById("shown");
  var none = document.getElementById("none");

  function fold(text) { return text.normalize("NFC").toLowerCase(); }

  function fits(item, words) {
    if (language.value && (" " + item.languages + " ").indexOf(" " + language.value + " ") < 0) return false;
    if (shared.checked && item.accounts < 2) return false;
    if (conflicts.checked && item.conflicts < 1) return false;
    return words.every(function (word) { return item.search.indexOf(word) >= 0; });
  }

  function rowOf(item) {
    if (!item.row) { // the cells were escaped when the page was made, as those of the rows above
      made.innerHTML = "<tr>" + item.cells + "</tr>";
      item.row = made.content.firstElementChild;
    }
    item.row.hidden = false;
    return item.row;
  }

  function apply() {
    var words = fold(search.value).split(/\s+/).filter(Boolean);
    var fitting = all().filter(function (item) { return fits(item, words); });
    body.replaceChildren.apply(body, fitting.slice(0, limit).map(rowOf));
    shown.textContent = fitting.length + " of " + total + " shown";
    none.hidden = fitting.length > 0;
    if (more) more.hidden = fitting.length <= limit;
    if (paged) paged.firstChild.data = fitting.length > limit ? "The first " + limit + " of " + fitting.length
      + " events; " : "";
  }

  function compare(a, b) { return a < b ? -1 : a > b ? 1 : 0; }

  var keys = {
    rank: function () { return 0; },
    newest: function (a, b) { return compare(b.date, a.date); },
    oldest: function (a, b) { return !a.date - !b.date || compare(a.date, b.date); },
    accounts: function (a, b) { return b.accounts - a.accounts; },
    title: function (a, b) { return compare(a.title, b.title); }
  };

  function sort() {
    all().sort(function (a, b) { return keys[order.value](a, b) || a.rank - b.rank; });
    limit = PAGE;
    apply();
  }

  function anew() { limit = PAGE; apply(); }

  form.hidden = false;
  form.addEventListener("input", anew);
  if (more) more.addEventListener("click", function () { limit += PAGE; apply(); });
  window.addEventListener("beforeprint", function () { limit = total; apply(); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(function () { sort(); search.focus(); }, 0); });
  order.addEventListener("change", sort);
  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); search.focus(); }
  });
  // A browser that comes back to the page may have kept what was chosen; else the page stands as it was made.
  if (search.value || language.value || shared.checked || conflicts.checked || order.value !== "rank") sort();
  else {
    shown.textContent = total + " of " + total + " shown";
    if (more) more.hidden = false;
  }
})();
