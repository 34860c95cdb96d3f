// Time: moments in a person's own words and zone.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayOfAnyYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export const timeOfDay = (at) => clock.format(at);
export const fullTime = (at) => full.format(at);

/** "in 59 minutes", in the unit that is short to read. */
export function timeLeft(until, now = Date.now()) {
  const minutes = Math.max(0, Math.round((until - now) / 60_000));
  if (minutes >= 2 * 60 * 24) return relative.format(Math.round(minutes / 60 / 24), "day");
  if (minutes >= 2 * 60) return relative.format(Math.round(minutes / 60), "hour");
  if (minutes >= 1) return relative.format(minutes, "minute");
  return relative.format(Math.max(0, Math.round((until - now) / 1_000)), "second");
}

/** Equal for moments of the same day here. */
export function dayKey(at) {
  return new Date(at).toDateString();
}

export function dayName(at, now = Date.now()) {
  if (dayKey(at) === dayKey(now)) return capitalised(relative.format(0, "day"));
  if (dayKey(at) === dayKey(now - 86_400_000)) return capitalised(relative.format(-1, "day"));
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (isThisYear ? dayOfYear : dayOfAnyYear).format(at);
}

function capitalised(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
