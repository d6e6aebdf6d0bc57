import fc from "fast-check";
import { formatObjectRef, type ObjectRef, STAGES } from "../../core/index.ts";
import type { Plan } from "../../wire/index.ts";

export const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,8}[a-z0-9])?$/);
const whole = (least: number, most: number) => fc.oneof(fc.constantFrom(least, most), fc.integer({ min: least, max: most }));
export const sentence = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
  .filter((text) => /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,500}$/u.test(text));
const probe = fc.oneof(
  fc.record({ tcp: fc.record({ namespace: label, service: label, port: whole(1, 65_535) }) }),
  fc.record({ http: fc.record({ namespace: label, service: label, port: whole(1, 65_535), path: fc.stringMatching(/^\/[!-~]{0,20}$/) }) }),
);
const planUnit = fc.record({
  kind: fc.constantFrom("layer" as const, "app" as const),
  serviceAccount: fc.oneof(
    fc.constant(null),
    fc.tuple(label, label).map((pair) => pair.join("/")),
  ),
  dataVersion: whole(1, 2 ** 31),
  deadlineSeconds: whole(1, 86_400),
  quietSeconds: whole(0, 3_600),
  probes: fc.array(probe, { maxLength: 16 }),
});
const ref: fc.Arbitrary<ObjectRef> = fc.record({
  group: fc.oneof(fc.constant(""), fc.constant("apps"), fc.stringMatching(/^[a-z]{1,6}(\.[a-z]{1,6}){1,3}$/)),
  kind: fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,10}$/),
  namespace: fc.oneof(fc.constant(""), label),
  name: fc.oneof(label, fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9:._-]{0,240}$/)),
});
export const refs = fc.uniqueArray(ref, { selector: (each) => formatObjectRef(each).toLowerCase(), minLength: 1, maxLength: 20 });
export const plans: fc.Arbitrary<Plan> = fc
  .record({
    units: fc.dictionary(fc.oneof(label, fc.constant("constructor")), planUnit, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
    objects: refs,
    minor: whole(0, 99),
    pollSeconds: whole(10, 86_400),
    window: fc.option(
      fc.record({
        cron: fc.constantFrom("0 2 * * *", "*/5 1-3 1,15 JAN-DEC MON#1"),
        minutes: whole(1, 10_080),
        timeZone: fc.constantFrom("UTC", "America/Port-au-Prince"),
      }),
    ),
    reason: sentence,
    retired: fc.option(fc.constantFrom("keep" as const, "erase" as const), { freq: 5 }),
  })
  .map(({ units, objects, minor, pollSeconds, window, reason, retired }) => {
    const common = { format: "skerry.plan/1" as const, kubernetes: `1.${minor}`, agent: { min: "0.1.0", pollSeconds, window } };
    const ids = objects.map(formatObjectRef);
    const consents = [{ remove: ids[0] as string, reason }];
    if (retired !== null) return { ...common, units: {}, steps: [], consents, retired };
    const places = STAGES.flatMap((stage) => Object.keys(units).map((unit) => ({ stage, unit })));
    const steps = places.map((place, index) => ({ ...place, objects: ids.slice(1).filter((_, at) => at % places.length === index) }));
    const filled = steps.filter((step) => step.objects.length > 0);
    if (filled.length > 0) return { ...common, units, steps: filled, consents };
    return { ...common, units, steps: [{ ...(places[0] as (typeof places)[number]), objects: ids }], consents: [] };
  });
