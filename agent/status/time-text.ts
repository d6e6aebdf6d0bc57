import { utcText } from "../utc-text.ts";

/** In UTC, because operators are rarely in the site's time zone, and with the distance from now, so that nobody has to calculate it. */
export function timeText(seconds: number, nowMs: number): string {
  const away = seconds - Math.floor(nowMs / 1000);
  const distance = away === 0 ? "now" : away > 0 ? `in ${distanceText(away)}` : `${distanceText(-away)} ago`;
  return `${utcText(seconds)} (${distance})`;
}

/** Two significant digits are enough. */
export function distanceText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2_880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1_440)} days`;
}
