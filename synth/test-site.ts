import { fill, formatObjectRef, nearestName, type ObjectRef, type SiteTree, type Template } from "../core/index.ts";
import type { Labels, SiteFacts } from "../sites/index.ts";
import type { KubernetesObject } from "./check.ts";
import type { FleetSite } from "./fleet-site.ts";
import { selectsObject } from "./object-selector.ts";
import type { RenderedFile } from "./rendered.ts";
import type { SynthDetail } from "./synth.ts";

/** A Kubernetes object whose fields need no type to be asked for. Shared by all sites that have it: leave it as it is. */
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

  /** All objects, or those that a selector names: `Deployment`, `apps/Deployment`, `Deployment/boards`, `apps/Deployment/boards/boards`. */
  objects(selector?: string): readonly AnyObject[] {
    const all = this.refs();
    return (selector === undefined ? all : all.filter(({ ref }) => selectsObject(selector, ref))).map(({ object }) => object);
  }

  /** The one object that a selector names. Throws when there is none, naming the nearest, or when there are several. */
  object(selector: string): AnyObject {
    const found = this.refs().filter(({ ref }) => selectsObject(selector, ref));
    if (found.length === 1) return (found[0] as { readonly object: AnyObject }).object;
    if (found.length > 1)
      throw new Error(`${this.id} has several objects "${selector}": ${found.map(({ ref }) => formatObjectRef(ref)).join(", ")}`);
    const names = this.refs().flatMap(({ ref }) => [formatObjectRef(ref), `${ref.kind}/${ref.name}`, ref.kind]);
    const near = nearestName(selector, names);
    throw new Error(`${this.id} has no object "${selector}"${near === undefined ? "" : `; the nearest is "${near}"`}`);
  }

  has(selector: string): boolean {
    return this.refs().some(({ ref }) => selectsObject(selector, ref));
  }

  /** The site tree as a checkout would show it: path -> text. */
  files(): Readonly<Record<string, string>> {
    const { shape, values } = this.#tree;
    const text = (template: string | Template): string => (typeof template === "string" ? template : fill(template, values));
    const files = shape.parts.flatMap(({ folder, files }) =>
      files.map(({ name, content }) => [folder === "" ? text(name) : `${folder}/${text(name)}`, text(content)] as const),
    );
    return Object.fromEntries(files);
  }

  /** Objects with what names them; late facts filled in. */
  refs(): readonly { readonly ref: ObjectRef; readonly object: AnyObject }[] {
    return this.#detail.renders.flatMap((each) => (each.at(this.#site.index)?.files ?? []).map((file) => this.#shown(file)));
  }

  #shown(file: RenderedFile): { readonly ref: ObjectRef; readonly object: AnyObject } {
    const { late } = this.#detail;
    if (typeof file.content === "string") return { ref: file.ref, object: file.json as AnyObject };
    return {
      ref: { ...file.ref, name: late.filled(file.ref.name, this.#site) },
      object: late.filledJson(file.json, this.#site) as AnyObject,
    };
  }
}
