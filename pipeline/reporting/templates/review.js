(function () {
  "use strict";
  var block = document.getElementById("review-data");
  var bar = document.getElementById("review-bar");
  if (!block || !bar) return;
  var data = JSON.parse(block.textContent);
  var STORE = "concord-reviews-1:" + data.run;
  var KINDS = ["translation", "bead", "membership", "finding"];
  var WORDS = {
    translation: ["Accept", "Reject"], bead: ["Belong together", "Do not"], finding: ["Right", "Wrong"],
    membership: ["Belongs here", "Does not"], near: ["Belongs here", "Does not"]
  };
  var DONE = { accept: "accepted", reject: "rejected", correct: "corrected", withdraw: "taken back" };
  var KEYS = { a: "accept", r: "reject", c: "correct", u: "withdraw" };
  var memory = {}; // what a browser without storage keeps while the page is open
  var status = document.getElementById("review-status");
  var tally = document.getElementById("review-tally");
  var boxes = Array.prototype.slice.call(document.querySelectorAll(".review[data-keys]"));

  function readStore() {
    try {
      var found = JSON.parse(localStorage.getItem(STORE) || "{}");
      return found && typeof found === "object" && !Array.isArray(found) ? found : {};
    } catch (error) { return memory; }
  }

  function writeStore(records) {
    memory = records;
    try { localStorage.setItem(STORE, JSON.stringify(records)); }
    catch (error) { say("This browser keeps decisions only while the page is open: export before you leave it."); }
  }

  function say(text) { status.textContent = text; }

  function plural(n, word) { return n + " " + word + (n === 1 ? "" : "s"); }

  // The last decision counts: one of this browser, or one that the run honoured already.
  function current(key, records) {
    var mine = records[key];
    var honoured = data.things[key] && data.things[key].honoured;
    if (mine && (!honoured || mine.time > honoured.time)) return { record: mine, pending: true };
    return honoured ? { record: honoured, pending: false } : null;
  }

  function verdictOf(box, records) {
    var found = box.keys.map(function (key) { return current(key, records); });
    var first = found[0];
    var alike = first && found.every(function (f) { return f && f.record.verdict === first.record.verdict; });
    return alike && first.record.verdict !== "withdraw" ? first : null;
  }

  function decide(box, verdict, extra) {
    var records = readStore();
    box.keys.forEach(function (key) {
      var thing = data.things[key];
      if (verdict === "withdraw" && !thing.honoured) { delete records[key]; return; }
      var record = { version: 1, kind: thing.kind, verdict: verdict, time: new Date().toISOString(), run: data.run,
        key: key, subject: thing.subject };
      var before = current(key, records);
      var note = extra && "note" in extra ? extra.note : before && before.record.note;
      if (note && verdict !== "withdraw") record.note = note;
      if (verdict === "correct") record.correction = extra && extra.correction || before && before.record.correction;
      records[key] = record;
    });
    writeStore(records);
    show();
    say(capital(box.what) + ": " + DONE[verdict] + ". " + total(records));
  }

  function capital(text) { return text.charAt(0).toUpperCase() + text.slice(1); }

  function total(records) { return plural(Object.keys(records).length, "decision") + " in this browser."; }

  function button(text, label, act) {
    var made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  }

  function build(element) {
    var kind = element.dataset.kind;
    var words = WORDS[kind];
    var box = { element: element, keys: element.dataset.keys.split(" "), what: element.dataset.what, kind: kind };
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", "Your decision on " + box.what);
    box.state = element.querySelector(".state");
    box.accept = button(words[0], words[0] + ": " + box.what, function () { toggle(box, "accept"); });
    box.reject = button(words[1], words[1] + ": " + box.what, function () { toggle(box, "reject"); });
    var buttons = [box.accept, box.reject];
    if (kind === "translation") {
      box.correct = button("Correct", "Correct: " + box.what, function () { edit(box, "correction"); });
      buttons.push(box.correct);
    }
    box.note = button("Note", "Note on " + box.what, function () { edit(box, "note"); });
    buttons.push(box.note);
    buttons.forEach(function (b) { element.appendChild(b); });
    element.addEventListener("keydown", function (event) { onKey(box, event); });
    return box;
  }

  function toggle(box, verdict) {
    var found = verdictOf(box, readStore());
    decide(box, found && found.record.verdict === verdict ? "withdraw" : verdict);
  }

  function onKey(box, event) {
    if (event.target.tagName === "TEXTAREA" || event.ctrlKey || event.metaKey || event.altKey) return;
    var key = event.key.toLowerCase();
    if (key === "n" || key === "p") move(key === "n" ? 1 : -1, box);
    else if (KEYS[key] === "correct" && box.correct) edit(box, "correction");
    else if (KEYS[key] && KEYS[key] !== "correct") decide(box, KEYS[key]);
    else return;
    event.preventDefault();
  }

  // What asks for a decision: flagged translations, conflicts, memberships. The rest can be decided, too.
  function pressing(box) {
    return seen(box) && box.kind !== "bead" && box.kind !== "near" && !box.element.closest(".card.agree, .card.only_one");
  }

  function seen(box) { return box.element.getClientRects().length > 0; }

  function move(step, from) {
    var records = readStore();
    var start = from ? boxes.indexOf(from) : step > 0 ? -1 : boxes.length;
    for (var i = start + step; i >= 0 && i < boxes.length; i += step) {
      if (seen(boxes[i]) && !verdictOf(boxes[i], records)) {
        boxes[i].accept.focus();
        boxes[i].element.scrollIntoView({ block: "center" });
        return;
      }
    }
    say(step > 0 ? "Nothing more to decide below." : "Nothing more to decide above.");
  }

  function edit(box, what) {
    if (box.form) close(box);
    var found = verdictOf(box, readStore());
    var form = document.createElement("form");
    var label = document.createElement("label");
    var field = document.createElement("textarea");
    label.textContent = what === "note" ? "Note" : "Right translation";
    field.rows = what === "note" ? 2 : 3;
    field.value = what === "note" ? found && found.record.note || ""
      : found && found.record.correction || data.things[box.keys[0]].subject.target;
    if (what !== "note") field.lang = data.things[box.keys[0]].subject.pair.split("-")[1];
    field.dir = "auto";
    label.appendChild(field);
    form.append(label, button("Save", "Save", function () { save(box, what, field); }),
      button("Cancel", "Cancel", function () { close(box); }));
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    field.addEventListener("keydown", function (event) {
      if (event.key === "Escape") close(box);
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save(box, what, field);
    });
    box.form = form;
    box.opener = what === "note" ? box.note : box.correct;
    box.element.appendChild(form);
    field.focus();
  }

  function close(box) {
    box.form.remove();
    box.form = null;
    box.opener.focus();
  }

  function save(box, what, field) {
    var text = field.value.trim();
    var found = verdictOf(box, readStore());
    if (what === "note" && found) decide(box, found.record.verdict, { note: text });
    else if (text) decide(box, "correct", { correction: text });
    else { say("A correction needs text."); return; }
    close(box);
  }

  function show() {
    var records = readStore();
    var open = 0;
    boxes.forEach(function (box) {
      var found = verdictOf(box, records);
      var verdict = found ? found.record.verdict : "";
      box.element.dataset.state = verdict;
      box.accept.setAttribute("aria-pressed", String(verdict === "accept"));
      box.reject.setAttribute("aria-pressed", String(verdict === "reject"));
      if (box.correct) box.correct.setAttribute("aria-pressed", String(verdict === "correct"));
      if (found && found.pending) {
        box.state.textContent = capital(DONE[verdict]) + " in this browser"
          + (found.record.correction ? ": " + found.record.correction : "")
          + (found.record.note ? ". Note: " + found.record.note : "");
      } else box.state.textContent = found ? box.state.dataset.honoured : "";
      box.note.hidden = !found;
      if (!found && pressing(box)) open += 1;
    });
    var n = Object.keys(records).length;
    tally.textContent = plural(n, "decision") + " in this browser" + (boxes.length ? ", " + open + " to decide here" : "");
    document.getElementById("review-export").disabled = n === 0;
    document.getElementById("review-next").hidden = boxes.length === 0;
  }

  function download() {
    var records = readStore();
    var lines = Object.keys(records).map(function (key) { return records[key]; })
      .sort(function (a, b) { return a.time < b.time ? -1 : a.time > b.time ? 1 : a.key < b.key ? -1 : 1; })
      .map(function (record) { return JSON.stringify(record) + "\n"; });
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(lines, { type: "application/x-ndjson" }));
    link.download = "reviews.jsonl";
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
    say("Exported " + plural(lines.length, "decision") + " to reviews.jsonl. Next: concord review import reviews.jsonl");
  }

  function usable(record) {
    return record && typeof record === "object" && record.version === 1 && KINDS.indexOf(record.kind) >= 0
      && typeof record.key === "string" && record.subject && typeof record.subject === "object"
      && record.verdict in DONE && !isNaN(Date.parse(record.time));
  }

  function take(text) {
    var records = readStore();
    var bad = [];
    var taken = 0;
    text.replace(/^\ufeff/, "").split("\n").forEach(function (line, n) {
      if (!line.trim()) return;
      var record = null;
      try { record = JSON.parse(line); } catch (error) { /* named below */ }
      if (!usable(record)) { bad.push(n + 1); return; }
      record.time = new Date(record.time).toISOString();
      taken += 1;
      if (!records[record.key] || records[record.key].time <= record.time) records[record.key] = record;
    });
    writeStore(records);
    show();
    say("Read " + plural(taken, "decision") + (bad.length ? "; no decision in line " + bad.slice(0, 10).join(", ") : "")
      + ". " + total(records));
  }

  function prune() { // what the run honours needs no keeping here
    var records = readStore();
    var kept = {};
    var gone = 0;
    Object.keys(records).forEach(function (key) {
      var honoured = data.things[key] && data.things[key].honoured;
      if (honoured && records[key].time <= honoured.time) gone += 1; else kept[key] = records[key];
    });
    if (gone) writeStore(kept);
  }

  prune();
  boxes = boxes.map(build);
  bar.hidden = false;
  document.documentElement.classList.add("reviewing");
  document.getElementById("review-export").addEventListener("click", download);
  document.getElementById("review-next").addEventListener("click", function () { move(1, null); });
  document.getElementById("review-import").addEventListener("change", function (event) {
    var file = event.target.files[0];
    if (file) file.text().then(take);
    event.target.value = "";
  });
  var all = document.getElementById("decide-all");
  if (all) all.addEventListener("change", show);
  window.addEventListener("storage", function (event) { if (event.key === STORE) show(); });
  document.addEventListener("toggle", show, true);
  show();
})();
