// Amounts in words of the page's language: bytes in powers of 1000, rates, and how long something takes.

const language = globalThis.document?.documentElement.lang || "en";
const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"];

export function bytes(count) {
  return sized(count, "");
}

export function rate(perSecond) {
  return sized(perSecond, "-per-second");
}

/** "40 sec", "12 min", "3 hr": one unit, because it is a guess. */
export function duration(seconds) {
  if (seconds < 60) return amount(Math.max(1, Math.round(seconds)), "second");
  return seconds < 5400 ? amount(Math.round(seconds / 60), "minute") : amount(Math.round(seconds / 3600), "hour");
}

export function percent(part, whole) {
  return new Intl.NumberFormat(language, { style: "percent" }).format(whole ? part / whole : 1);
}

function sized(count, suffix) {
  let value = count;
  let unit = 0;
  for (; value >= 999.5 && unit < SIZES.length - 1; unit++) value /= 1000;
  // The short word for a byte is "byte", which reads badly beside the others.
  if (!unit && !suffix) return `${Math.round(count)} B`;
  return amount(unit ? Number(value.toPrecision(3)) : Math.round(count), SIZES[unit] + suffix);
}

function amount(value, unit) {
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(value);
}
