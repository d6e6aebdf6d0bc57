import { fill, formatObjectRef, type ObjectRef, type SiteTree, type Template } from "../../core/index.ts";
import type { Labels, SiteFacts } from "../../sites/index.ts";
import type { KubernetesObject } from "../../kube/index.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import { nearestObjects, objectSelector } from "../explain/object-selector.ts";
import type { RenderedFile } from "../render/rendered.ts";
import type { SynthDetail } from "../synth-detail.ts";

/** A Kubernetes object with untyped fields. Shared by all its sites, so it must not be changed. */
export type AnyObject = KubernetesObject & Record<string, any>;

/** One site of a fleet under test. */
export class TestSite<L = Labels> {
  readonly #detail: SynthDetail;
  readonly #tree: SiteTree;
  readonly #site: FleetSite;

  constructor(detail: SynthDetail, site: FleetSite, tree: SiteTree) {
    this.#detail = detail;
    this.#tree = tree;
    this.#site = site;
  }

  get id(): string {
    return this.#site.facts.id;
  }

  get facts(): SiteFacts<L> {
    return this.#site.facts as unknown as SiteFacts<L>;
  }

  get profile(): string {
    return this.#detail.placement.profiles[this.#site.index]?.name ?? "";
  }

  /** Names of the units placed here, in apply order. */
  get units(): readonly string[] {
    return this.#detail.renders.filter((each) => each.at(this.#site.index) !== undefined).map(({ unit }) => unit.name);
  }

  /** All objects, or those that match a selector: `Deployment`, `apps/Deployment`, `Deployment/boards`, `apps/Deployment/boards/boards`. */
  objects(selector?: string): readonly AnyObject[] {
    return this.select(selector === undefined ? () => true : objectSelector(selector));
  }

  /** The one object that matches a selector. Throws when there is none, with a suggestion, or when there are several. */
  object(selector: string): AnyObject {
    const found = this.#files(objectSelector(selector));
    const [file] = found;
    if (file === undefined) return this.#refuse(selector);
    if (found.length === 1) return this.#shown(file);
    throw new Error(`${this.id} has several objects "${selector}": ${found.map((each) => formatObjectRef(this.#refOf(each))).join(", ")}`);
  }

  has(selector: string): boolean {
    return this.#files(objectSelector(selector)).length > 0;
  }

  /** The objects that match; late facts are filled in only for these. */
  select(matches: (ref: ObjectRef) => boolean): readonly AnyObject[] {
    return this.#files(matches).map((file) => this.#shown(file));
  }

  /** The files of the site tree: path -> text. */
  files(): Readonly<Record<string, string>> {
    const { shape, values } = this.#tree;
    const text = (template: string | Template): string => (typeof template === "string" ? template : fill(template, values));
    const files = shape.parts.flatMap(({ folder, files }) =>
      files.map(({ name, content }) => [folder === "" ? text(name) : `${folder}/${text(name)}`, text(content)] as const),
    );
    return Object.fromEntries(files);
  }

  #files(matches: (ref: ObjectRef) => boolean): readonly RenderedFile[] {
    return this.#detail.renders.flatMap((each) => (each.at(this.#site.index)?.files ?? []).filter((file) => matches(this.#refOf(file))));
  }

  #refOf({ ref, content }: RenderedFile): ObjectRef {
    return typeof content === "string" ? ref : { ...ref, name: this.#detail.late.filled(ref.name, this.#site) };
  }

  #shown({ content, json }: RenderedFile): AnyObject {
    return (typeof content === "string" ? json : this.#detail.late.filledJson(json, this.#site)) as AnyObject;
  }

  #refuse(selector: string): never {
    const [near] = nearestObjects(
      selector,
      this.#files(() => true).map((file) => this.#refOf(file)),
    );
    throw new Error(`${this.id} has no object "${selector}"${near === undefined ? "" : `; the nearest is "${near}"`}`);
  }
}
