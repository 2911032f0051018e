// The line at the bottom: plain text, or a command with its options, chosen from what is really registered.
import { act, post } from "./page.js";

const $ = (id) => document.getElementById(id);
const SUBCOMMAND = 1, GROUP = 2, BOOLEAN = 5, USER = 6, CHANNEL = 7, ROLE = 8, MENTIONABLE = 9;
const PEOPLE_AND_PLACES = { [USER]: ["users"], [CHANNEL]: ["channels"], [ROLE]: ["roles"], [MENTIONABLE]: ["users", "roles"] };

// Commands with their subcommands, flat: {name, description, options}.
function flat(commands, before = "") {
  return commands.flatMap((command) => {
    const name = before + command.name;
    const inner = (command.options ?? []).filter((o) => o.type === SUBCOMMAND || o.type === GROUP);
    if (inner.length) return flat(inner, `${name} `);
    return [{ name, description: command.description, options: command.options ?? [] }];
  });
}

export class Composer {
  constructor(state) {
    this.state = state;
    this.command = null;
    this.offers = [];
    this.at = 0;
    this.asked = 0;
    $("composer").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    $("text").addEventListener("input", () => this.suggestCommands());
    $("composer").addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("click", (event) => { if (!$("composer").contains(event.target)) this.offer([]); });
  }

  reset() {
    this.command = null;
    $("command").textContent = "";
    $("options").replaceChildren();
    $("text").value = "";
    $("text").hidden = false;
    this.offer([]);
  }

  suggestCommands() {
    const text = $("text").value;
    if (this.command || !text.startsWith("/")) return this.offer([]);
    const wanted = text.slice(1).toLowerCase();
    const found = flat(this.state().commands).filter((c) => c.name.includes(wanted));
    this.offer(found.map((c) => ({ label: `/${c.name}`, note: c.description, take: () => this.choose(c) })));
  }

  choose(command) {
    this.command = command;
    $("command").textContent = `/${command.name}`;
    $("text").value = "";
    $("text").hidden = true;
    $("options").replaceChildren(...command.options.map((option) => this.option(option)));
    this.offer([]);
    ($("options").querySelector("input, select") ?? $("send")).focus();
  }

  option(option) {
    const box = document.createElement("label");
    box.className = option.required ? "option needed" : "option";
    box.title = option.description;
    const name = document.createElement("span");
    name.textContent = option.name;
    const field = this.field(option);
    field.dataset.option = option.name;
    box.append(name, field);
    return box;
  }

  field(option) {
    const kinds = PEOPLE_AND_PLACES[option.type];
    let choices = option.choices?.map((c) => [c.name, String(c.value)]);
    if (option.type === BOOLEAN) choices = [["True", "true"], ["False", "false"]];
    if (kinds) choices = kinds.flatMap((kind) => this.state().entities[kind]).map((one) => [one.name, one.id]);
    if (choices) {
      const select = document.createElement("select");
      select.append(new Option("", ""), ...choices.map(([label, value]) => new Option(label, value)));
      return select;
    }
    const input = document.createElement("input");
    input.placeholder = option.description;
    if (option.autocomplete) {
      input.addEventListener("input", () => this.ask(option, input));
      input.addEventListener("focus", () => this.ask(option, input));
    }
    return input;
  }

  async ask(option, input) {
    const asked = ++this.asked;
    const options = { ...this.given(), [option.name]: input.dataset.value ?? input.value };
    const answer = await post("/page/autocomplete", { command: this.command.name, options, focused: option.name });
    if (asked !== this.asked || document.activeElement !== input) return;
    const take = (choice) => () => { input.value = choice.value; this.offer([]); };
    this.offer((answer.choices ?? []).map((c) => ({ label: c.name, note: "", take: take(c) })));
  }

  given() {
    const fields = [...$("options").querySelectorAll("[data-option]")];
    return Object.fromEntries(fields.filter((f) => f.value !== "").map((f) => [f.dataset.option, f.value]));
  }

  async send() {
    this.offer([]);
    if (this.command) {
      const answer = await act("/page/command", { command: this.command.name, options: this.given() });
      if (!answer.refused) this.reset();
    } else if ($("text").value.trim()) {
      await act("/page/say", { text: $("text").value });
      this.reset();
    }
  }

  offer(offers) {
    this.offers = offers;
    this.at = 0;
    const box = $("suggestions");
    box.hidden = offers.length === 0;
    box.replaceChildren(...offers.map((offer, place) => this.offered(offer, place)));
  }

  offered(offer, place) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("role", "option");
    button.setAttribute("aria-selected", String(place === this.at));
    button.textContent = offer.label;
    if (offer.note) button.append(Object.assign(document.createElement("small"), { textContent: offer.note }));
    button.addEventListener("mousedown", (event) => { event.preventDefault(); offer.take(); });
    return button;
  }

  key(event) {
    if (event.key === "Escape") return this.offers.length ? this.offer([]) : this.reset();
    if (!this.offers.length) {
      if (event.key === "Backspace" && this.command && event.target.dataset.option && !event.target.value) this.reset();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + this.offers.length) % this.offers.length;
      [...$("suggestions").children].forEach((b, place) => b.setAttribute("aria-selected", String(place === this.at)));
      $("suggestions").children[this.at].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" || event.key === "Tab") this.offers[this.at].take();
    else return;
    event.preventDefault();
  }
}
