(function () {
  "use strict";
  var form = document.getElementById("filter");
  var body = document.getElementById("events-body");
  if (!form || !body) return;
  var rows = Array.prototype.slice.call(body.rows);
  var search = document.getElementById("q");
  var language = document.getElementById("language");
  var shared = document.getElementById("shared");
  var conflicts = document.getElementById("conflicts");
  var order = document.getElementById("order");
  var shown = document.getElementById("shown");
  var none = document.getElementById("none");

  function fold(text) { return text.normalize("NFC").toLowerCase(); }

  function fits(row, words) {
    if (language.value && (" " + row.dataset.languages + " ").indexOf(" " + language.value + " ") < 0) return false;
    if (shared.checked && Number(row.dataset.accounts) < 2) return false;
    if (conflicts.checked && Number(row.dataset.conflicts) < 1) return false;
    return words.every(function (word) { return row.dataset.search.indexOf(word) >= 0; });
  }

  function apply() {
    var words = fold(search.value).split(/\s+/).filter(Boolean);
    var visible = 0;
    rows.forEach(function (row) {
      row.hidden = !fits(row, words);
      if (!row.hidden) visible += 1;
    });
    shown.textContent = visible + " of " + rows.length + " shown";
    none.hidden = visible > 0;
  }

  var keys = {
    rank: function (a, b) { return 0; },
    newest: function (a, b) { return b.dataset.date < a.dataset.date ? -1 : b.dataset.date > a.dataset.date ? 1 : 0; },
    oldest: function (a, b) {
      if (!a.dataset.date !== !b.dataset.date) return a.dataset.date ? -1 : 1;
      return a.dataset.date < b.dataset.date ? -1 : a.dataset.date > b.dataset.date ? 1 : 0;
    },
    accounts: function (a, b) { return b.dataset.accounts - a.dataset.accounts; },
    title: function (a, b) { return a.dataset.title < b.dataset.title ? -1 : a.dataset.title > b.dataset.title ? 1 : 0; }
  };

  function sort() {
    rows.sort(function (a, b) { return keys[order.value](a, b) || a.dataset.rank - b.dataset.rank; });
    rows.forEach(function (row) { body.appendChild(row); });
  }

  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(function () { sort(); apply(); search.focus(); }, 0); });
  order.addEventListener("change", sort);
  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); search.focus(); }
  });
  sort();
  apply();
})();
