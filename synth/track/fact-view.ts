import { lateFact } from "../../constructs/index.ts";
import { ownValue, shapes } from "./fact-step.ts";
import type { Recording } from "./recording.ts";
import { alwaysFrozen, lateBoolean, readOnly } from "./refusals.ts";

type Kind = "get" | "late";

interface Child {
  readonly isOwn: boolean;
  readonly value: unknown;
}

const ABSENT: Child = { isOwn: false, value: undefined };

/** The view of an object or array that a step opened. A `late` view has the same shape but gives `Late` for strings and numbers. */
export function viewOf(recording: Recording, slot: number, path: readonly string[], kind: Kind): object {
  const real = recording.opened(slot);
  const view = new Proxy(
    dummy(Array.isArray(real) ? [] : {}),
    Array.isArray(real) ? new ArrayView(recording, slot, path, kind) : new FactView(recording, slot, path, kind),
  );
  views.add(view);
  return view;
}

const views = new WeakSet<object>();

/** The proxy target of a view. Node prints the target of a proxy, so it gets a method to print the facts instead. */
export function dummy(target: object): object {
  const value = function copy(this: object): object {
    return Array.isArray(this) ? [...(this as readonly unknown[])] : { ...this };
  };
  return Object.defineProperty(target, Symbol.for("nodejs.util.inspect.custom"), { value, configurable: true });
}

/**
 * A proxy that records reads of facts. Each key is read once and cached, so that one object has one view during a render and `===` works. The
 * proxy's target is a dummy of the same shape, because a proxy must not hide the properties of a frozen target.
 */
export class FactView implements ProxyHandler<object> {
  protected readonly recording: Recording;
  protected readonly slot: number;
  protected readonly path: readonly string[];
  readonly #kind: Kind;
  readonly #children = new Map<string | number, Child>();
  readonly #has = new Map<string | number, boolean>();
  #keys: string[] | undefined;

  constructor(recording: Recording, slot: number, path: readonly string[], kind: Kind) {
    this.recording = recording;
    this.slot = slot;
    this.path = path;
    this.#kind = kind;
  }

  get(target: object, key: string | symbol, receiver: unknown): unknown {
    this.recording.assertOpen(this.path);
    const child = typeof key === "string" && this.isFactKey(key) ? this.child(key) : undefined;
    return child?.isOwn ? child.value : Reflect.get(Object.getPrototypeOf(target) as object, key, receiver);
  }

  has(target: object, key: string | symbol): boolean {
    this.recording.assertOpen(this.path);
    return (typeof key === "string" && this.isFactKey(key) && this.hasOwn(key)) || key in (Object.getPrototypeOf(target) as object);
  }

  ownKeys(_target: object): (string | symbol)[] {
    this.recording.assertOpen(this.path);
    if (this.#keys === undefined) {
      this.recording.note("keys", this.slot, "");
      this.#keys = Object.keys(this.recording.opened(this.slot));
    }
    return [...this.#keys];
  }

  // A descriptor contains the value, so it is a read of the value. It must be configurable, because the dummy target does not have the key.
  getOwnPropertyDescriptor(_target: object, key: string | symbol): PropertyDescriptor | undefined {
    this.recording.assertOpen(this.path);
    const child = typeof key === "string" && this.isFactKey(key) ? this.child(key) : undefined;
    return child?.isOwn ? { value: child.value, writable: false, enumerable: true, configurable: true } : undefined;
  }

  // An object that inherits from a view may get its own keys, as one that inherits from frozen facts.
  set(target: object, key: string | symbol, value: unknown, receiver: unknown): boolean {
    const isInherited = typeof receiver === "object" && receiver !== null && !views.has(receiver);
    if (!isInherited) return this.refuseWrite(key);
    const own = this.getOwnPropertyDescriptor(target, key);
    return own === undefined && Reflect.defineProperty(receiver, key, { value, writable: true, enumerable: true, configurable: true });
  }

  defineProperty(_target: object, key: string | symbol): never {
    return this.refuseWrite(key);
  }

  deleteProperty(_target: object, key: string | symbol): never {
    return this.refuseWrite(key);
  }

  preventExtensions(): never {
    return this.#refuseIntegrity("frozen, sealed or made non-extensible");
  }

  // The engine requires the answer to match the dummy target, which is extensible although facts are frozen.
  isExtensible(): never {
    return this.#refuseIntegrity("tested for being frozen, sealed or extensible");
  }

  setPrototypeOf(): never {
    return this.refuseWrite("__proto__");
  }

  protected isFactKey(_key: string): boolean {
    return true;
  }

  protected hasOwn(key: string): boolean {
    const known = this.#children.get(key)?.isOwn ?? this.#has.get(key) ?? this.#keys?.includes(key);
    if (known !== undefined) return known;
    const answer = this.recording.note("has", this.slot, key).answer as boolean;
    this.#has.set(key, answer);
    return answer;
  }

  protected child(key: string | number): Child {
    let child = this.#children.get(key);
    if (child === undefined) {
      child = this.#read(key);
      this.#children.set(key, child);
    }
    return child;
  }

  #read(key: string | number): Child {
    const { slot, answer } = this.recording.note(this.#kind, this.slot, key);
    const path = [...this.path, String(key)];
    switch (answer) {
      case shapes.absent:
        return ABSENT;
      case shapes.undefined:
        return { isOwn: true, value: undefined };
      case shapes.null:
        return { isOwn: true, value: null };
      case shapes.array:
      case shapes.object:
        return { isOwn: true, value: viewOf(this.recording, slot, path, this.#kind) };
      case shapes.late:
        return { isOwn: true, value: lateFact(this.recording, path.slice(1)) };
      default:
        if (this.#kind === "late") this.recording.faults.fail(lateBoolean(path.slice(1)));
        return { isOwn: true, value: ownValue(this.recording.opened(this.slot) as Record<string, unknown>, key) };
    }
  }

  protected refuseWrite(key: string | symbol): never {
    const path = [...this.path, String(key)];
    this.recording.assertOpen(path);
    return this.recording.faults.fail(readOnly(path));
  }

  #refuseIntegrity(action: string): never {
    this.recording.assertOpen(this.path);
    return this.recording.faults.fail(alwaysFrozen(this.path, action));
  }
}

/** Elements are facts, methods are not. After the length was read, indexes beyond it need no step. */
class ArrayView extends FactView {
  #length: number | undefined;

  override get(target: object, key: string | symbol, receiver: unknown): unknown {
    if (key === "length") return this.#readLength();
    return super.get(target, key, receiver);
  }

  override ownKeys(): (string | symbol)[] {
    return [...Array.from({ length: this.#readLength() }, (_, index) => String(index)), "length"];
  }

  override getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    // The engine requires this descriptor to match the dummy target's.
    if (key === "length") return { value: this.#readLength(), writable: true, enumerable: false, configurable: false };
    return super.getOwnPropertyDescriptor(target, key);
  }

  protected override isFactKey(key: string): boolean {
    return /^(0|[1-9][0-9]*)$/.test(key);
  }

  protected override hasOwn(key: string): boolean {
    return this.#length === undefined ? super.hasOwn(key) : Number(key) < this.#length;
  }

  protected override child(key: string | number): Child {
    const index = Number(key);
    if (this.#length !== undefined && index >= this.#length) return ABSENT;
    return super.child(index);
  }

  #readLength(): number {
    this.recording.assertOpen(this.path);
    this.#length ??= this.recording.note("length", this.slot, "").answer as number;
    return this.#length;
  }
}
