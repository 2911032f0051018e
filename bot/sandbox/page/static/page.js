// The channel: who looks, what is shown, and what presses and choices do.
import { Composer } from "./composer.js";
import { showForm } from "./form.js";
import { showStamps, setNow, now } from "./stamps.js";

const $ = (id) => document.getElementById(id);
const place = new URLSearchParams(location.search);
let state = null;
let stream = null;
// Whoever reads the newest message goes on reading the newest one; whoever has scrolled up is left alone.
let atEnd = true;
let seenTop = 0;
const unread = new Set();

export async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ person: state.person, channel: state.channel, ...body }),
  });
  if (!answer.ok) return { refused: "The page could not do that. Load it again." };
  return answer.json();
}

export async function act(path, body) {
  $("notice").hidden = true;
  toEnd();
  const answer = await post(path, body);
  if (answer.refused) {
    $("notice").textContent = answer.refused;
    $("notice").hidden = false;
  }
  if (answer.form) showForm($("dialog"), answer.form, state.person);
  return answer;
}

const composer = new Composer(() => state);

async function load() {
  const answer = await fetch(`/page/state?${place}`);
  state = await answer.json();
  setNow(state.now);
  fill($("person"), state.people.map((p) => [p.id, `${p.name} (${p.kind})`]), state.person);
  fill($("language"), state.languages.map((tag) => [tag, languageName(tag)]), state.language);
  unread.delete(state.channel);
  showChannels();
  $("clock").hidden = !state.movable;
  $("messages").replaceChildren();
  state.messages.forEach(show);
  composer.reset();
  toEnd();
  follow();
  document.body.dataset.loaded = state.channel;
}

function showChannels() {
  const label = (c) => `${unread.has(c.id) ? "● " : ""}${c.sign}${c.name}`;
  fill($("channel"), state.channels.map((c) => [c.id, label(c)]), state.channel);
  $("channels").replaceChildren(...state.channels.map(channelButton));
}

// Something was written elsewhere, perhaps in a direct message that was not there before.
function hear(channel) {
  if (!state.channels.some((c) => c.id === channel.id)) state.channels.push(channel);
  unread.add(channel.id);
  showChannels();
}

function fill(select, options, chosen) {
  select.replaceChildren(...options.map(([value, label]) => new Option(label, value, false, value === chosen)));
}

function languageName(tag) {
  return new Intl.DisplayNames([tag], { type: "language" }).of(tag);
}

function channelButton(channel) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `${channel.sign} ${channel.name}`;
  button.classList.toggle("unread", unread.has(channel.id));
  button.setAttribute("aria-current", String(channel.id === state.channel));
  button.addEventListener("click", () => go("channel", channel.id));
  return button;
}

function go(name, value) {
  place.set(name, value);
  history.replaceState(null, "", `?${place}`);
  return load();
}

function follow() {
  stream?.close();
  stream = new EventSource(`/page/events?person=${state.person}&channel=${state.channel}`);
  stream.onmessage = (event) => {
    const change = JSON.parse(event.data);
    if (change.now) setNow(change.now);
    else if (change.news) hear(change.news);
    else show(change);
  };
}

function show({ id, html }) {
  const list = $("messages");
  const known = list.querySelector(`[data-id="${id}"]`);
  if (html === null) return known?.remove();
  const box = document.createElement("template");
  box.innerHTML = html.trim();
  const item = box.content.firstElementChild;
  for (const embed of item.querySelectorAll(".embed[data-color]")) {
    if (embed.dataset.color) embed.style.setProperty("--embed", `#${embed.dataset.color}`);
  }
  if (known) known.replaceWith(item);
  else list.append(item);
  showStamps(item);
  stayAtEnd();
}

function near(list) {
  return list.scrollHeight - list.scrollTop - list.clientHeight < 120;
}

// Whoever has just scrolled up has left the end, though the event that says so is still to come.
function stayAtEnd() {
  const list = $("messages");
  if (atEnd && (list.scrollTop >= seenTop || near(list))) toEnd();
}

function toEnd() {
  atEnd = true;
  const list = $("messages");
  list.scrollTop = list.scrollHeight;
  seenTop = list.scrollTop;
}

// The event comes a frame late, when a picture may have made the list longer: only a step up leaves the end.
$("messages").addEventListener("scroll", ({ target: list }) => {
  atEnd = near(list) || (atEnd && list.scrollTop >= seenTop);
  seenTop = list.scrollTop;
});
// Pictures come later than their messages, and the line below grows with its options.
$("messages").addEventListener("load", stayAtEnd, true);
new ResizeObserver(stayAtEnd).observe($("messages"));

async function jump(link) {
  if (link.dataset.channel !== state.channel) await go("channel", link.dataset.channel);
  const target = $("messages").querySelector(`[data-id="${link.dataset.message}"]`);
  target?.scrollIntoView({ block: "center" });
  target?.classList.add("found");
  setTimeout(() => target?.classList.remove("found"), 2000);
}

$("messages").addEventListener("click", (event) => {
  const link = event.target.closest("a.jump");
  if (link) {
    event.preventDefault();
    return jump(link);
  }
  const button = event.target.closest("button");
  if (!button) return;
  const message = button.closest(".message").dataset.id;
  if (button.dataset.press) act("/page/press", { message, custom_id: button.dataset.press });
  else if (button.classList.contains("choose")) choose(button.previousElementSibling, message);
});
$("messages").addEventListener("change", (event) => {
  const select = event.target.closest("select[data-press]");
  if (select && !select.multiple && select.value) choose(select, select.closest(".message").dataset.id);
});

function choose(select, message) {
  const values = [...select.selectedOptions].map((option) => option.value).filter(Boolean);
  act("/page/press", { message, custom_id: select.dataset.press, values });
}

$("person").addEventListener("change", (event) => {
  unread.clear();
  go("person", event.target.value);
});
$("channel").addEventListener("change", (event) => go("channel", event.target.value));
$("language").addEventListener("change", async (event) => {
  await act("/page/language", { language: event.target.value });
  load();
});
$("clock").addEventListener("click", async (event) => {
  const seconds = Number(event.target.dataset.forward);
  if (!seconds) return;
  const answer = await act("/page/clock", { seconds });
  if (answer.now) setNow(answer.now);
});

function theme(light) {
  document.documentElement.classList.toggle("light", light);
}
theme(place.has("theme") ? place.get("theme") === "light" : matchMedia("(prefers-color-scheme: light)").matches);
$("theme").addEventListener("click", () => theme(!document.documentElement.classList.contains("light")));

setInterval(() => {
  $("now").textContent = new Date(now()).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
  showStamps(document);
}, 1000);
load();
