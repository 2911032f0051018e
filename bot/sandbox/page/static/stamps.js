// Instants as Discord shows them: they tick by themselves, on the server's clock.
let ahead = 0;

export const setNow = (at) => { ahead = at - Date.now(); };
export const now = () => Date.now() + ahead;

const STYLES = {
  t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" },
};
const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

function relative(seconds) {
  const [unit, size] = UNITS.find(([, s]) => Math.abs(seconds) >= s) ?? UNITS.at(-1);
  return words.format(Math.round(seconds / size), unit);
}

export function showStamps(root) {
  for (const stamp of root.querySelectorAll("time.stamp")) {
    const at = Number(stamp.dataset.at) * 1000;
    const style = stamp.dataset.style;
    const text = style === "R" ? relative((at - now()) / 1000) : new Intl.DateTimeFormat(undefined, STYLES[style]).format(at);
    if (stamp.textContent !== text) stamp.textContent = text;
  }
}
