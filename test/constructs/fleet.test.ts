import { describe, expect, test } from "@jest/globals";
import type { Chart } from "cdk8s";
import { Construct } from "constructs";
import { z } from "zod";
import { App, type AppProps, Fleet, Late, late, Layer, type LayerProps, Profile, type Site } from "../../constructs/index.ts";
import { inventory, sites } from "../../sites/index.ts";

const Labels = z.strictObject({ size: z.enum(["large", "small"]), scheduled: z.boolean(), rank: z.number().optional() });
type Labels = z.output<typeof Labels>;
const airports = inventory({ labels: Labels, from: [sites([])] });

interface BoardsProps extends AppProps<Labels> {
  readonly image: string;
}

class Boards extends App<BoardsProps> {
  override build(_chart: Chart, site: Site<Labels>): void {
    void site.labels.size;
  }
}

class Logs extends Layer<LayerProps<Labels>> {
  override build(): void {}
}

describe("Fleet, Profile, Layer and App", () => {
  test("are constructs, with paths, dependencies, validations and metadata", () => {
    const fleet = new Fleet("airports", { sites: airports });
    const group = new Construct(fleet, "group");
    const boards = new Boards(group, "boards", { image: "a" });
    const profile = new Profile(fleet, "base");
    const logs = new Logs(profile, "logs");
    boards.node.addDependency(logs);
    boards.node.addMetadata("owner", "ops");
    boards.node.addValidation({ validate: () => ["no"] });
    expect([boards.node.path, logs.node.path]).toEqual(["airports/group/boards", "airports/base/logs"]);
    expect(boards.node.dependencies).toEqual([logs]);
    expect(boards.node.validate()).toEqual(["no"]);
    expect(Construct.isConstruct(boards)).toBe(true);
    expect(Fleet.of(logs)).toBe(fleet);
    expect(Profile.tryOf(logs)).toBe(profile);
    expect(Profile.tryOf(boards)).toBeUndefined();
    expect(fleet.units).toEqual([boards, logs]);
    expect(() => Fleet.of(new Boards(new Construct(undefined as never, "x"), "b", { image: "a" }))).toThrow("is not inside a Fleet");
  });

  test("keep the line of their `new` expression, not the lines of their classes", () => {
    class Airport extends Profile<Labels> {
      constructor(scope: Construct) {
        super(scope, "airport");
        new Logs(this, "logs");
      }
    }
    const fleet = new Fleet("airports", { sites: airports });
    const made = new Airport(fleet);
    const [logs] = made.layers;
    const boards = new Boards(fleet, "boards", { image: "a" });
    const lines = [logs, made, boards].map((each) => each?.source);
    expect(lines.map((place) => place?.file)).toEqual(Array(3).fill("test/constructs/fleet.test.ts"));
    const [inside, , outside] = lines.map((place) => place?.line as number) as [number, number, number];
    expect(outside - inside).toBe(6);
  });

  test("keep layers in order of construction, whatever their names", () => {
    const profile = new Profile(new Fleet("f", { sites: airports }), "base");
    for (const name of ["b", "1042", "a", "7"]) new Logs(profile, name);
    expect(profile.layers.map(({ name }) => name)).toEqual(["b", "1042", "a", "7"]);
  });

  test("do not compile with misspelled labels or props or with inspected late facts", () => {
    const fleet = new Fleet("airports", { sites: airports });
    const check = (site: Site<Labels>): void => {
      // @ts-expect-error there is no such label
      void site.labels.siez;
      // @ts-expect-error this is not a size
      void (site.labels.size === "huge");
      // @ts-expect-error a late fact cannot be compared
      void (site.late.id === "eddm");
      // @ts-expect-error a late fact has no length
      void site.late.id.length;
      // @ts-expect-error a late fact cannot be padded
      void site.late.name.padEnd(3);
      // @ts-expect-error booleans have no late form
      void site.late.labels.scheduled;
      // @ts-expect-error facts are read-only
      site.labels.size = "small";
      const id: Late = site.late.id;
      const size: Late = site.late.labels.size;
      const latitude: Late = site.late.location.latitude;
      const cron: Late | undefined = site.late.window?.cron;
      const rank: Late | undefined = site.late.labels.rank;
      const first: Late | undefined = site.late.nodes[0]?.id;
      const text: Late = late`${id}${size}${latitude}-${1}`;
      void [cron, rank, first, text];
    };
    expect(check).toBeInstanceOf(Function);
    new Boards(fleet, "a", { image: "a", where: (site) => site.labels.scheduled && site.capacity.nodes > 1 });
    // @ts-expect-error where knows the labels
    new Boards(fleet, "b", { image: "a", where: (site) => site.labels.planned });
    // @ts-expect-error derived facts depend on where
    new Boards(fleet, "c", { image: "a", where: (site) => site.runs(fleet) });
    // @ts-expect-error the image is missing
    new Boards(fleet, "d");
    // @ts-expect-error an unknown prop
    new Boards(fleet, "e", { image: "a", imgae: "b" });
    const wrong = class extends App<BoardsProps> {
      // @ts-expect-error these labels belong to another fleet
      override build(_: Chart, site: Site<{ colour: string }>): void {
        void site;
      }
    };
    expect(wrong).toBeInstanceOf(Function);
  });
});

describe("late text", () => {
  test("is a late fact even when it holds none", () => {
    expect(Late.isLate(late`a`)).toBe(true);
    expect(late`a`).toBeInstanceOf(Late);
    expect(Late.isLate({})).toBe(false);
    expect(() => `${late`a`}`).toThrow("late text was used as text or a number");
  });
});
