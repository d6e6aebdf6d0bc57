import { utcText } from "../utc-text.ts";

/** In UTC, because a fleet's people do not sit in the site's zone; and how far away it is, because nobody subtracts at night. */
export function timeText(seconds: number, nowMs: number): string {
  const away = seconds - Math.floor(nowMs / 1000);
  const distance = away === 0 ? "now" : away > 0 ? `in ${distanceText(away)}` : `${distanceText(-away)} ago`;
  return `${utcText(seconds)} (${distance})`;
}

/** Two digits are enough to plan by. */
export function distanceText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2_880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1_440)} days`;
}
